"""Advanced hunting, by Defender's API or by Graph's."""

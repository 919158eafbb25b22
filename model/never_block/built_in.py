"""The list that is always on: what a tenant needs to sign in, to update and to be protected at all."""

from __future__ import annotations

from typing import Final

BUILT_IN: Final = (
    # Microsoft sign-in
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.microsoft.com",
    "login.live.com",
    "login.windows.net",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
    "microsoftonline-p.com",
    "msauth.net",
    "msftauth.net",
    "sts.windows.net",
    "device.login.microsoftonline.com",
    "aadcdn.msauth.net",
    # Microsoft Graph and administration
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "management.azure.com",
    "portal.azure.com",
    "entra.microsoft.com",
    "admin.microsoft.com",
    # Defender
    "security.microsoft.com",
    "securitycenter.microsoft.com",
    "securitycenter.windows.com",
    "securitycenter.microsoft.us",
    "endpoint.security.microsoft.com",
    "events.data.microsoft.com",
    "wdcp.microsoft.com",
    "wd.microsoft.com",
    "smartscreen.microsoft.com",
    "smartscreen-prod.microsoft.com",
    "atp.azure.com",
    # Windows Update
    "update.microsoft.com",
    "windowsupdate.com",
    "windowsupdate.microsoft.com",
    "delivery.mp.microsoft.com",
    "download.microsoft.com",
    "definitionupdates.microsoft.com",
    # certificate revocation of the above
    "crl.microsoft.com",
    "ocsp.digicert.com",
    "crl3.digicert.com",
    "crl4.digicert.com",
    # public resolvers
    "dns.google",
    "one.one.one.one",
    "dns.quad9.net",
    "8.8.8.8",
    "8.8.4.4",
    "1.1.1.1",
    "1.0.0.1",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
    "2001:4860:4860::8888",
    "2001:4860:4860::8844",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "2620:fe::fe",
    "2620:fe::9",
    # the empty file
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    # the EICAR test file
    "44d88612fea8a8f36de82e1278abb02f",
    "3395856ce81f2b7382dee72602f798b642f14140",
    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
)
"""Names, addresses and hashes, as a file for `--never_block` holds them."""

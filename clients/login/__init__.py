"""Tokens: secrets by reference, login at Microsoft, the clouds."""

"""The demo shop: a made-up webshop for sport, outdoor and home, the same for the same number of
customers and seed.

The only package besides `analytics` that computes with numpy arrays; nothing imports it but its
command and tests.
"""

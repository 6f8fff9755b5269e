"""Settings about services outside: where they are, how long to wait, which key guards secrets."""

from __future__ import annotations

from cdp import env

# The keys that credentials are encrypted with, newest first; without them those of the file.
CREDENTIAL_KEYS = env.text("CREDENTIAL_KEYS", "").replace(" ", "")
CREDENTIAL_KEY_FILE = env.text("CREDENTIAL_KEY_FILE", "")

OUTSIDE_CONNECT_SECONDS = env.integer("OUTSIDE_CONNECT_SECONDS", 5, minimum=1, maximum=60)
OUTSIDE_READ_SECONDS = env.integer("OUTSIDE_READ_SECONDS", 60, minimum=1, maximum=300)
# A proxy for calls to services (not for webhooks), such as http://proxy:3128.
OUTSIDE_PROXY = env.text("OUTSIDE_PROXY", "")

MAILCHIMP_URL = env.text("MAILCHIMP_URL", "https://{dc}.api.mailchimp.com/3.0")
KLAVIYO_URL = env.text("KLAVIYO_URL", "https://a.klaviyo.com")
GOOGLE_URL = env.text("GOOGLE_URL", "https://datamanager.googleapis.com")
GOOGLE_TOKEN_URL = env.text("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token")
META_URL = env.text("META_URL", "https://graph.facebook.com/v26.0")

# Hosts that a webhook may reach although they are private, or over plain HTTP.
_hosts = env.text("WEBHOOK_ALLOWED_HOSTS", "").lower().replace(" ", "")
WEBHOOK_ALLOWED_HOSTS = {host for host in _hosts.split(",") if host}

# The server that takes e-mails; without one none are sent.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, minimum=1, maximum=65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Regulars <regulars@localhost>")

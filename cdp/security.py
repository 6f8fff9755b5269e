"""The settings that keep strangers out: passwords, log-in, cookies, HTTPS, headers."""

from __future__ import annotations

from datetime import timedelta

from cdp import env
from cdp.shell import STRICT_POLICY

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # counts and refuses, never lets in
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_USER_MODEL = "cdp.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60

# The same name from the same address; a name alone would let anybody lock out anybody.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.integer("LOGIN_FAILURES", 5, minimum=3, maximum=100)
AXES_COOLOFF_TIME = timedelta(
    minutes=env.integer("LOGIN_LOCK_MINUTES", 15, minimum=1, maximum=1440)
)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "cdp.client_address.client_address"
AXES_LOCKOUT_CALLABLE = "cdp.views.account.log_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
# Who logged in when is in the users' table; nothing more is kept about those who succeed.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

OTP_TOTP_ISSUER = "Regulars"

BEHIND_PROXY = env.flag("BEHIND_PROXY", False)
_HTTPS = env.flag("HTTPS", False)
SESSION_COOKIE_AGE = 7 * 24 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
if BEHIND_PROXY:  # Anybody can send this header; a proxy must overwrite it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# Whether other hosts of the shop's domain speak HTTPS is not for Regulars to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {"DIRECTIVES": STRICT_POLICY}

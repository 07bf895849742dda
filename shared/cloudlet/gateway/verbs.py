"""Where the cloud's own verbs are, for both sides of the wire."""

PREFIX = "/_cloudlet/"
HEADER = "X-Cloudlet"

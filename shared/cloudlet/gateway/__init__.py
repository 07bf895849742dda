"""From bytes to an AWS operation and back: see `gateway.app`, the ordered list."""

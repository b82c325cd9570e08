"""An email-server forensic toolkit: mail activity or only resolver traffic, and what the evidence could not show."""

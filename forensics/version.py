"""The version of the package; results and custody lines name it."""

NAME = "email-forensics"
VERSION = "0.1.0"

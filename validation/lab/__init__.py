"""The lab: real mail and DNS servers in closed network namespaces, and the evidence an examiner would get of them.

network    hosts (namespaces) on one switch            capture     tcpdump on a host's link, flow records of it
dns        BIND as authoritative server, Unbound       postfix     a mail server
zones      zone text                                   login       passwords for a mail server's submission service
clients    what people and machines do: look up, send, probe, scan
evidence   the tree that is handed over, its sheet and the answers that the lab vouches for
stories    one module per story
"""

-- What rules may ask besides the tables of the schema. Every table here is already restricted to the window.
-- Given by the engine:
--   everything()                              no subject was named, all evidence is meant
--   asked(addresses_declared)                 the examiner named the subject's addresses
--   undeclared_at(piece, place)               the examiner did not, and the piece is of that vantage
--   subject_address(ip), subject_name(name)
--   own_address(ip)                           whether the address is among them
--   subject_qname(name)                       names asked for that are the subject's, or below them, or its reverse names
--   subject_suffixed(name)                    names asked for that have a name of the subject before another domain
--   evidence(evidence, path, format, vantage, state)
--   covering(vantage, fills, evidence)        undamaged pieces that can fill the table and together cover the window
--   window_start(ts)                          where the window, or else the evidence, begins
--   mail_port(port), on_mail_port(port)       25, 465, 587, 2525, as a table and as a test
--   operator_record(kind, owner, value, domain, other, in_window, ts, last_ts, citation)
--                                             what records say of who runs the subject: registrant, registrar, ns, mx,
--                                             spf_include, dkim_cname, ptr, network (the holder of an address's block),
--                                             party (the registrant of a domain that one of these names). other: it names
--                                             another domain, or an organisation that never was the registrant
--
-- Views for "it happened" leave out what stayed inside one host or one subject; views for "it did not happen" keep it.

-- An organisation's name without what registries write differently.
CREATE MACRO folded(name) AS regexp_replace(lower(name), '[^\p{L}\p{N}]', '', 'g');
CREATE MACRO loopback(ip) AS coalesce(ip LIKE '127.%' OR ip IN ('::1', '::ffff:7f00:1') OR ip LIKE '::ffff:127.%', FALSE);
CREATE MACRO own_name(host) AS coalesce(
  EXISTS (SELECT 1 FROM subject_name n WHERE lower(host) = n.name OR ends_with(lower(host), '.' || n.name)), FALSE);
-- For "it did not happen": addresses that only the evidence gives may be old, forged or not all there are, so all that
-- passed the subject's own link may be its own. `place` is the vantage of that link.
CREATE MACRO may_be_own(ip, piece, place) AS
  everything() OR own_address(ip) OR undeclared_at(piece, place);
-- Both ends are the subject: one host that talks to itself, or its servers among themselves.
CREATE MACRO inside(client_ip, server_ip) AS
  coalesce(client_ip = server_ip, FALSE) OR (own_address(client_ip) AND own_address(server_ip));

-- A filter asks a list about a domain by the domain's name before the list's (RFC 5782 section 2.4).
CREATE MACRO in_a_list(name) AS regexp_matches(
  name, '\.(?:(?:d|dns|rhs|uri|sur|r|s|u)?bl|dnswl|multi|black|grey|fresh|hostkarma)\.');
-- A delivery that Postfix gave up inside the dialogue: the greeting was there.
CREATE MACRO broke_off_in_smtp(said) AS coalesce(
  regexp_matches(said, '^(?:lost connection|conversation) with .{1,600} while (?:sending|performing the (?:EHLO|HELO) handshake)'),
  FALSE);

-- SMTP was spoken: a greeting, a HELO, an envelope, STARTTLS or an answered QUIT was seen; TLS from the first byte shows
-- nothing of it.
CREATE VIEW smtp_spoken AS
SELECT s.* FROM smtp_session s
WHERE (s.banner_code IS NOT NULL OR s.helo IS NOT NULL OR s.envelopes > 0 OR s.starttls IN ('offered', 'refused', 'accepted')
    OR (s.ended = 'quit' AND s.last_reply_code IS NOT NULL))
  AND NOT loopback(s.client_ip) AND NOT loopback(s.server_ip);

CREATE VIEW smtp_in AS
SELECT s.* FROM smtp_spoken s
WHERE everything() OR s.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW smtp_out AS
SELECT s.* FROM smtp_spoken s
WHERE everything() OR s.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW smtp_any AS
SELECT s.* FROM smtp_spoken s
WHERE everything()
   OR s.server_ip IN (SELECT a.ip FROM subject_address a) OR s.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope AS
SELECT e.* FROM smtp_envelope e WHERE NOT loopback(e.client_ip) AND NOT loopback(e.server_ip);

CREATE VIEW envelope_in AS
SELECT e.* FROM envelope e
WHERE everything() OR e.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope_out AS
SELECT e.* FROM envelope e
WHERE everything() OR e.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope_any AS
SELECT e.* FROM envelope e
WHERE everything()
   OR e.server_ip IN (SELECT a.ip FROM subject_address a) OR e.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW recipient_in AS
SELECT r.*, s.client_ip, s.server_ip FROM smtp_recipient r
JOIN smtp_in s ON s.evidence = r.evidence AND s.session_no = r.session_no;

-- A connection whose content could have been mail and could not be read: TLS without a named other protocol, bytes
-- missing, one direction only, begun before the capture, or SMTP of which there is no session; LMTP hands messages over
-- too, and its envelopes are not kept. SMTP outside TLS begins in clear text, so a whole connection of another protocol is
-- none. What is not known of a connection counts against it: where a sensor names no protocol on a mail port, a capture
-- would show that it was none.
CREATE VIEW opaque AS
SELECT c.* FROM connection c
WHERE coalesce(c.transport, 'tcp') = 'tcp' AND coalesce(c.state, 'midstream') IN ('established', 'midstream', 'one_sided')
  AND NOT loopback(c.client_ip) AND NOT loopback(c.server_ip)
  AND NOT coalesce(c.alpn, '') IN ('h2', 'http/1.1', 'http/1.0', 'imap', 'pop3', 'dot')
  AND (
    (c.service = 'smtp' AND NOT EXISTS (
      SELECT 1 FROM smtp_spoken s
      WHERE s.client_ip = c.client_ip AND s.client_port = c.client_port
        AND s.server_ip = c.server_ip AND s.server_port = c.server_port
        AND (s.ts IS NULL OR c.ts IS NULL OR s.ts >= c.ts - 1000000000)
        AND (s.ts IS NULL OR c.last_ts IS NULL OR s.ts <= c.last_ts + 1000000000)))
    OR ((coalesce(c.client_bytes, 1) > 0 OR coalesce(c.server_bytes, 1) > 0 OR c.missing_bytes > 0)
      AND (
        c.service IN ('tls', 'lmtp')
        OR (c.service = 'smtp' AND c.missing_bytes > 0)
        OR (c.service IS NULL AND (coalesce(c.state, 'midstream') <> 'established' OR c.missing_bytes > 0))
        OR (c.service IS NULL AND c.server_port IN (SELECT p.port FROM mail_port p)
          AND c.evidence IN (SELECT v.evidence FROM evidence v WHERE v.format NOT IN ('pcap', 'pcapng')))))
  );

CREATE VIEW opaque_in AS
SELECT c.* FROM opaque c
WHERE everything() OR c.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW opaque_out AS
SELECT c.* FROM opaque c
WHERE everything() OR c.client_ip IN (SELECT a.ip FROM subject_address a);

-- Sessions whose envelopes could not all be read.
CREATE VIEW unreadable_in AS SELECT s.* FROM smtp_in s WHERE coalesce(s.content, 'partial') <> 'clear';
CREATE VIEW unreadable_out AS SELECT s.* FROM smtp_out s WHERE coalesce(s.content, 'partial') <> 'clear';

-- Connections of captures and sensors with the subject, on mail ports.
CREATE VIEW mail_connection AS
SELECT c.* FROM connection c
WHERE c.transport = 'tcp' AND c.server_port IN (SELECT p.port FROM mail_port p)
  AND (everything()
       OR c.server_ip IN (SELECT a.ip FROM subject_address a) OR c.client_ip IN (SELECT a.ip FROM subject_address a));

-- Flow records that can be of a connection with the subject, and those of them with a mail port at one end. Both directions
-- of a connection have the same ends and ports, so they are chosen before they are put side by side, which takes longest.
CREATE VIEW flow_own AS
SELECT f.* FROM flow f
WHERE everything() OR own_address(f.src_ip) OR own_address(f.dst_ip);

CREATE VIEW flow_own_mail AS
SELECT f.* FROM flow_own f WHERE on_mail_port(f.src_port) OR on_mail_port(f.dst_port);

CREATE VIEW flow_maybe_own AS
SELECT f.* FROM flow f
WHERE may_be_own(f.src_ip, f.evidence, 'subject_flows') OR may_be_own(f.dst_ip, f.evidence, 'subject_flows');

-- Flow records of one connection side by side; `flows` names one of the views above, or `flow`. Without flags or with one
-- direction only, a connection may have been.
-- Ports tell the client only where one of them is a mail port or below 1024 and the other is neither; between two other
-- ports either side may have called.
-- A record with SYN and no ACK is a caller's, and what goes back between the same ports is the called side's.
CREATE MACRO flow_directed(flows) AS TABLE
SELECT f.*,
  CASE WHEN on_mail_port(f.dst_port) AND NOT on_mail_port(f.src_port) THEN TRUE
       WHEN on_mail_port(f.src_port) AND NOT on_mail_port(f.dst_port) THEN FALSE
       WHEN f.dst_port < 1024 AND f.src_port >= 1024 THEN TRUE
       WHEN f.src_port < 1024 AND f.dst_port >= 1024 THEN FALSE
       ELSE NULL END AS to_service
FROM query_table(flows) f
WHERE coalesce(f.transport, 'tcp') = 'tcp' AND NOT loopback(f.src_ip) AND NOT loopback(f.dst_ip);

CREATE MACRO flow_sided(flows) AS TABLE
SELECT f.*,
  CASE WHEN f.tcp_flags LIKE '%S%' AND f.tcp_flags NOT LIKE '%A%' THEN TRUE
       WHEN (f.evidence, f.dst_ip, f.dst_port, f.src_ip, f.src_port) IN (
         SELECT r.evidence, r.src_ip, r.src_port, r.dst_ip, r.dst_port FROM query_table(flows) r
         WHERE r.tcp_flags LIKE '%S%' AND r.tcp_flags NOT LIKE '%A%') THEN FALSE
       ELSE f.to_service END AS from_client
FROM flow_directed(flows) f;

CREATE MACRO flow_ends(flows) AS TABLE
SELECT f.*,
  CASE WHEN f.from_client IS FALSE THEN f.dst_ip ELSE f.src_ip END AS client_ip,
  CASE WHEN f.from_client IS FALSE THEN f.dst_port ELSE f.src_port END AS client_port,
  CASE WHEN f.from_client IS FALSE THEN f.src_ip ELSE f.dst_ip END AS server_ip,
  CASE WHEN f.from_client IS FALSE THEN f.src_port ELSE f.dst_port END AS server_port
FROM flow_sided(flows) f;

-- Per connection: which side acknowledged what. Exporters add the flags of a record's packets up. Packets that a filter
-- stopped reached nobody.
CREATE MACRO flow_pairs(flows) AS TABLE
SELECT f.evidence, f.client_ip, f.client_port, f.server_ip, f.server_port, f.to_service IS NULL AS unclear_ports,
  min(f.ts) AS ts, max(f.last_ts) AS last_ts,
  min(f.record_no) AS record_no, arg_min(f."offset", f.record_no) AS "offset", arg_min(f.length, f.record_no) AS length,
  bool_or(f.from_client IS NULL) AS unclear,
  bool_or(f.tcp_flags IS NULL) AS flagless,
  bool_or(f.reply_packets IS NOT NULL) AS two_way,
  bool_and(coalesce(f.rejected, FALSE)) AS rejected,
  bool_or(NOT f.from_client IS FALSE AND f.tcp_flags LIKE '%S%') AS client_syn,
  bool_or(f.from_client IS FALSE) AS server_seen,
  bool_or(NOT f.from_client IS FALSE AND f.tcp_flags LIKE '%A%') AS client_ack,
  bool_or(f.from_client IS FALSE AND f.tcp_flags LIKE '%S%') AS server_syn,
  bool_or(f.from_client IS FALSE AND f.tcp_flags LIKE '%R%') AS server_reset,
  sum(CASE WHEN f.from_client IS FALSE OR f.rejected IS TRUE THEN 0 ELSE coalesce(f.packets, 0) END) AS client_packets,
  sum(CASE WHEN f.rejected IS TRUE THEN 0
           WHEN f.from_client IS FALSE THEN coalesce(f.packets, 0)
           ELSE coalesce(f.reply_packets, 0) END) AS server_packets
FROM flow_ends(flows) f
GROUP BY f.evidence, f.client_ip, f.client_port, f.server_ip, f.server_port, f.to_service IS NULL;

-- Flow logs of a VPC tell ACK beside SYN alone: that a side acknowledged nothing cannot be read from them.
CREATE VIEW few_flags AS SELECT v.evidence FROM evidence v WHERE v.format = 'aws_vpc_flow_log';

CREATE MACRO flow_connections(flows) AS TABLE
SELECT p.*,
  CASE
    WHEN p.rejected THEN 'refused'
    WHEN p.two_way OR p.flagless OR p.evidence IN (SELECT w.evidence FROM few_flags w) THEN
      CASE WHEN p.client_syn AND p.server_reset AND NOT p.server_syn AND NOT p.flagless AND NOT p.two_way THEN 'refused'
           WHEN p.client_packets >= 3 AND p.server_packets >= 2 THEN 'established'
           WHEN p.server_packets = 0 AND p.two_way AND NOT coalesce(p.client_ack, FALSE) THEN 'unanswered'
           WHEN p.client_packets = 1 AND p.two_way AND (p.flagless OR p.client_syn) THEN 'refused'
           ELSE 'uncertain' END
    WHEN p.unclear THEN 'uncertain'
    WHEN p.client_ack AND p.server_syn THEN 'established'
    WHEN p.client_ack THEN 'uncertain'
    WHEN p.server_syn THEN CASE WHEN p.client_packets > 0 THEN 'half_open' ELSE 'uncertain' END
    WHEN p.server_reset THEN 'refused'
    WHEN p.server_seen THEN 'uncertain'
    ELSE 'unanswered'
  END AS state
FROM flow_pairs(flows) p;

CREATE VIEW flow_in AS
SELECT f.* FROM flow_connections('flow_own') f
WHERE everything() OR f.server_ip IN (SELECT a.ip FROM subject_address a)
   OR (f.unclear AND f.client_ip IN (SELECT a.ip FROM subject_address a));

CREATE VIEW flow_out AS
SELECT f.* FROM flow_connections('flow_own') f
WHERE everything() OR f.client_ip IN (SELECT a.ip FROM subject_address a)
   OR (f.unclear AND f.server_ip IN (SELECT a.ip FROM subject_address a));

-- Whose log lines are: where a log names hosts of the subject beside others, only those lines are the subject's own.
CREATE VIEW own_log AS
WITH host_of AS (
  SELECT DISTINCT m.evidence, m.host,
    own_name(m.host) OR coalesce(lower(m.host) IN (SELECT split_part(n.name, '.', 1) FROM subject_name n), FALSE) AS named
  FROM mta_event m WHERE m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.vantage = 'subject_mta'))
SELECT h.evidence, h.host FROM host_of h
WHERE h.host IS NULL OR h.named OR h.evidence NOT IN (SELECT o.evidence FROM host_of o WHERE o.named);

-- The subject's own mail log; every line of the logs that hold it.
CREATE VIEW mta_own AS
SELECT m.* FROM mta_event m
WHERE EXISTS (SELECT 1 FROM own_log o WHERE o.evidence = m.evidence AND o.host IS NOT DISTINCT FROM m.host);
CREATE VIEW mta_held AS
SELECT m.* FROM mta_event m WHERE m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.vantage = 'subject_mta');

-- Logs that name every message that their server took or handed over. A trace that somebody asked for holds what was asked;
-- an Exchange server tracks transport, delivery and submission in separate logs, and one alone looks silent.
-- Exim's rejectlog and paniclog have the form of its main log: only lines that they never have show which one a piece is.
CREATE VIEW message_log AS SELECT v.evidence FROM evidence v
WHERE v.format IN ('postfix_log', 'sendmail_log', 'opensmtpd_log')
   OR (v.format = 'exim_log' AND v.evidence IN (
     SELECT m.evidence FROM mta_event m WHERE m.event IN ('accepted', 'delivery', 'removed', 'start')));
-- Logs that name every connection, whatever came of it; the others can be silent about a session without mail.
CREATE VIEW session_log AS SELECT v.evidence FROM evidence v
WHERE v.format IN ('postfix_log', 'opensmtpd_log');

-- Postfix answers 250 for what it holds or throws away, and then queues nothing. The line stands where the decision was
-- made: before the end of the data the client may still be refused or lost.
CREATE VIEW mta_kept_back AS
SELECT coalesce(m.host, '') AS host, m.queue_id, m.ts, m.record_no FROM mta_event m
WHERE m.event = 'other' AND m.queue_id IS NOT NULL
  AND regexp_matches(m.reply_text, '^(?:milter-)?(?:hold|discard): (?:header|body|mime|nested|END-OF-MESSAGE)\b');
CREATE VIEW mta_set_aside AS
SELECT u.* EXCLUDE (next_of_session) FROM (
  SELECT m.*, lead(m.event) OVER (
    PARTITION BY coalesce(m.host, ''), m.pid ORDER BY m.ts, m.record_no) AS next_of_session
  FROM mta_event m
  WHERE m.event IN ('accepted', 'disconnect', 'lost_connection') AND m.pid IN (
    SELECT a.pid FROM mta_event a WHERE a.event = 'accepted' AND a.queue_id IN (SELECT k.queue_id FROM mta_kept_back k))) u
WHERE u.event = 'accepted' AND u.direction IN ('in', 'submission') AND NOT loopback(u.peer_ip)
  AND u.next_of_session IN ('accepted', 'disconnect')
  AND EXISTS (
    SELECT 1 FROM mta_kept_back k
    WHERE k.host = coalesce(u.host, '') AND k.queue_id = u.queue_id AND k.ts >= u.ts
      AND NOT EXISTS (
        SELECT 1 FROM mta_event r
        WHERE r.event IN ('reject', 'queued') AND coalesce(r.host, '') = k.host AND r.queue_id = k.queue_id
          AND (r.ts, r.record_no) > (k.ts, k.record_no)));

-- A message that really entered a queue: the first recipient gives it an id, only a complete message is queued, or set
-- aside. Ids are used again, so the queued line must come before another message takes the same id.
CREATE VIEW mta_entered AS
SELECT n.* EXCLUDE (next_event) FROM (
  SELECT m.*, lead(m.event) OVER (
    PARTITION BY coalesce(m.host, ''), m.queue_id ORDER BY m.ts, m.record_no, m.event) AS next_event
  FROM mta_event m WHERE m.event IN ('accepted', 'queued') AND m.queue_id IS NOT NULL) n
WHERE n.event = 'accepted' AND n.next_event = 'queued' AND n.direction IN ('in', 'submission') AND NOT loopback(n.peer_ip)
UNION ALL SELECT a.* FROM mta_set_aside a;

-- Messages of which the log does not tell what became: it ends before their session does, or, where sessions are not
-- told, before the first delivery and without a refusal. An id that is taken again was free.
CREATE VIEW mta_last_of_session AS
SELECT max_by(m.event, (m.ts, m.record_no)) AS event,
  max_by(m.evidence, (m.ts, m.record_no)) AS evidence, max_by(m.record_no, (m.ts, m.record_no)) AS record_no
FROM mta_event m WHERE m.event IN ('accepted', 'disconnect', 'lost_connection')
GROUP BY coalesce(m.host, ''), m.pid;
CREATE VIEW mta_open AS
SELECT m.* FROM mta_event m
WHERE m.event = 'accepted' AND m.queue_id IS NOT NULL AND m.direction IN ('in', 'submission') AND NOT loopback(m.peer_ip)
  AND ((m.evidence, m.record_no) IN (SELECT (l.evidence, l.record_no) FROM mta_last_of_session l WHERE l.event = 'accepted')
    OR m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.format = 'sendmail_log'))
  AND NOT EXISTS (
    SELECT 1 FROM mta_event f
    WHERE f.event IN ('accepted', 'queued', 'removed') AND coalesce(f.host, '') = coalesce(m.host, '')
      AND f.queue_id = m.queue_id AND (f.evidence, f.record_no) <> (m.evidence, m.record_no) AND f.ts >= m.ts)
  AND NOT (m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.format = 'sendmail_log') AND EXISTS (
    SELECT 1 FROM mta_event r
    WHERE r.event IN ('reject', 'lost_connection') AND coalesce(r.host, '') = coalesce(m.host, '')
      AND r.queue_id = m.queue_id));

-- A server took a message over.
CREATE VIEW mta_handed_over AS
SELECT m.* FROM mta_event m
WHERE m.event = 'delivery' AND m.direction = 'out' AND m.status = 'sent' AND NOT loopback(m.peer_ip);

-- In the subject's own log, with a peer that is not the subject itself.
CREATE VIEW own_entered AS
SELECT m.* FROM mta_entered m
WHERE NOT own_address(m.peer_ip)
  AND EXISTS (SELECT 1 FROM own_log o WHERE o.evidence = m.evidence AND o.host IS NOT DISTINCT FROM m.host);
CREATE VIEW own_handed_over AS
SELECT m.* FROM mta_handed_over m
WHERE NOT own_address(m.peer_ip)
  AND EXISTS (SELECT 1 FROM own_log o WHERE o.evidence = m.evidence AND o.host IS NOT DISTINCT FROM m.host);

-- Names below the subject's with what stands before its own, where that could be a whole name too.
CREATE VIEW subject_stem AS
SELECT b.name, b.stem
FROM (SELECT s.name, left(s.name, length(s.name) - length(n.name) - 1) AS stem
      FROM subject_qname s JOIN subject_name n ON ends_with(s.name, '.' || n.name)) b
WHERE b.stem LIKE '%.%';

-- DNS about the subject: its names, names below them, and the reverse names of its addresses.
CREATE VIEW dns_about AS
SELECT q.* FROM dns_query q
WHERE everything() OR q.qname IN (SELECT n.name FROM subject_qname n);

-- The same, where client and time are known. `client`, and `asker` (the client within its piece of evidence), are for
-- comparisons only: over many look-ups the engine puts numbers in the place of the texts, which sort in half the time.
CREATE VIEW dns_asker AS
SELECT CAST(row_number() OVER (ORDER BY c.evidence, c.client_ip) AS UINTEGER) AS asker,
  CAST(dense_rank() OVER (ORDER BY c.client_ip) AS UINTEGER) AS client, c.evidence, c.client_ip
FROM (SELECT DISTINCT q.evidence, q.client_ip FROM dns_about q WHERE q.client_ip IS NOT NULL) c;
CREATE VIEW dns_asked AS
SELECT q.*, q.evidence || ' ' || q.client_ip AS asker, q.client_ip AS client
FROM dns_about q WHERE q.client_ip IS NOT NULL AND q.ts IS NOT NULL;
CREATE VIEW dns_asked_numbered AS
SELECT q.*, c.asker, c.client FROM dns_about q JOIN dns_asker c ON c.evidence = q.evidence AND c.client_ip = q.client_ip
WHERE q.ts IS NOT NULL;

-- Names and types with a known time to live, numbered, and the look-ups for them.
CREATE VIEW lasting_record AS
SELECT CAST(row_number() OVER (ORDER BY r.owner, r.rtype) AS UINTEGER) AS question, r.owner, r.rtype
FROM (SELECT DISTINCT r.owner, r.rtype FROM dns_record r WHERE r.ttl_s > 0) r;
CREATE VIEW dns_lasting AS
SELECT q.*, n.question FROM dns_asked q JOIN lasting_record n ON n.owner = q.qname AND n.rtype = q.qtype;

-- Clients that asked for one of them again and again about once per time to live; quartiles of the intervals. Of a look-up
-- no more is sorted than that takes: there may be very many.
CREATE VIEW dns_paced AS
SELECT g.client, g.question, g.gaps
FROM (
  SELECT d.client, d.question, count(*) AS intervals, quantile_cont(d.gap, [0.25, 0.5, 0.75]) AS gaps
  FROM (
    SELECT q.client, q.question, q.ts - lag(q.ts) OVER (PARTITION BY q.asker, q.question ORDER BY q.ts) AS gap
    FROM dns_lasting q) d
  WHERE d.gap > 500000000
  GROUP BY d.client, d.question) g
JOIN lasting_record n ON n.question = g.question
WHERE g.intervals >= 4 AND g.gaps[3] - g.gaps[1] <= 0.15 * g.gaps[2]
  AND EXISTS (
    SELECT 1 FROM dns_record r
    WHERE r.owner = n.owner AND r.rtype = n.rtype AND r.ttl_s > 0
      AND g.gaps[2] >= 0.85e9 * r.ttl_s AND g.gaps[2] <= 1.3e9 * r.ttl_s + 1.5e9);

-- The hop that the delivering server wrote: the topmost that is no hand-over inside one host. Below a hop without a
-- client and without a protocol (a local program handed the message in) every line is a claim of that program.
CREATE VIEW hop_trusted AS
SELECT h.* FROM message_hop h
WHERE h.from_ip IS NOT NULL AND NOT loopback(h.from_ip) AND coalesce(h.protocol, '') NOT LIKE 'LMTP%'
  AND NOT EXISTS (
    SELECT 1 FROM message_hop t
    WHERE t.evidence = h.evidence AND t.record_no = h.record_no AND t.hop_no < h.hop_no AND t.from_ip IS NULL
      AND ((t.protocol IS NULL AND t."by" IS NOT NULL) OR lower(t.protocol) = 'local'));
CREATE VIEW delivering_hop AS
SELECT h.* FROM hop_trusted h
WHERE h.hop_no = (SELECT min(t.hop_no) FROM hop_trusted t WHERE t.evidence = h.evidence AND t.record_no = h.record_no);

-- The same, past the hops from one server of the subject to another.
CREATE VIEW receiving_hop AS
SELECT h.* FROM hop_trusted h
WHERE h.hop_no = (
  SELECT min(t.hop_no) FROM hop_trusted t
  WHERE t.evidence = h.evidence AND t.record_no = h.record_no AND NOT (own_name(t."by") AND own_address(t.from_ip)));

-- Which records a source says are missing, and of which something is known; `*` stands for every type. A name that does
-- not exist has none of any type, and a copy of the whole zone speaks of all that is in it.
CREATE VIEW record_missing AS
SELECT r.owner, CASE WHEN r.status = 'nxdomain' THEN '*' ELSE r.rtype END AS rtype
FROM dns_record r WHERE r.rdata IS NULL AND r.status IN ('nodata', 'nxdomain');
CREATE VIEW record_known AS
SELECT r.owner, r.rtype FROM dns_record r WHERE r.rdata IS NOT NULL
UNION ALL SELECT m.owner, m.rtype FROM record_missing m
UNION ALL SELECT n.name, '*' FROM subject_name n, dns_record z
  WHERE z.rtype = 'SOA' AND z.section = 'zone' AND z.rdata IS NOT NULL AND (n.name = z.owner OR ends_with(n.name, '.' || z.owner))
UNION ALL SELECT '_dmarc.' || n.name, '*' FROM subject_name n, dns_record z
  WHERE z.rtype = 'SOA' AND z.section = 'zone' AND z.rdata IS NOT NULL AND (n.name = z.owner OR ends_with(n.name, '.' || z.owner));

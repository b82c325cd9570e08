-- What rules may ask besides the tables of the schema. Every table here is already restricted to the window.
-- Given by the engine:
--   asked(everything, addresses_known)        everything: no subject was named, all evidence is meant
--   subject_address(ip), subject_name(name), subject_qname(name)
--   evidence(evidence, path, format, vantage, state)
--   covering(vantage, evidence)               undamaged pieces that together cover the whole window
--   mail_port(port)                           25, 465, 587, 2525

-- SMTP was spoken: a greeting, a HELO, an envelope or STARTTLS was seen; TLS from the first byte shows nothing of it.
CREATE VIEW smtp_spoken AS
SELECT s.* FROM smtp_session s
WHERE s.banner_code IS NOT NULL OR s.helo IS NOT NULL OR s.envelopes > 0 OR s.starttls IN ('offered', 'refused', 'accepted');

CREATE VIEW smtp_in AS
SELECT s.* FROM smtp_spoken s
WHERE (SELECT a.everything FROM asked a) OR s.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW smtp_out AS
SELECT s.* FROM smtp_spoken s
WHERE (SELECT a.everything FROM asked a) OR s.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW smtp_any AS
SELECT s.* FROM smtp_spoken s
WHERE (SELECT a.everything FROM asked a)
   OR s.server_ip IN (SELECT a.ip FROM subject_address a) OR s.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope_in AS
SELECT e.* FROM smtp_envelope e
WHERE (SELECT a.everything FROM asked a) OR e.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope_out AS
SELECT e.* FROM smtp_envelope e
WHERE (SELECT a.everything FROM asked a) OR e.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW envelope_any AS
SELECT e.* FROM smtp_envelope e
WHERE (SELECT a.everything FROM asked a)
   OR e.server_ip IN (SELECT a.ip FROM subject_address a) OR e.client_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW recipient_in AS
SELECT r.*, s.client_ip, s.server_ip FROM smtp_recipient r
JOIN smtp_in s ON s.evidence = r.evidence AND s.session_no = r.session_no;

-- A connection whose content could have been mail and could not be read: TLS without a named other protocol, bytes
-- missing, one direction only, or begun before the capture. SMTP outside TLS begins in clear text, so a whole
-- connection of another protocol is none.
CREATE VIEW opaque AS
SELECT c.* FROM connection c
WHERE c.transport = 'tcp' AND c.state IN ('established', 'midstream', 'one_sided')
  AND (c.service = 'smtp' OR c.client_bytes > 0 OR c.server_bytes > 0 OR c.missing_bytes > 0)
  AND NOT coalesce(c.alpn, '') IN ('h2', 'http/1.1', 'http/1.0', 'imap', 'pop3', 'dot')
  AND (
    coalesce(c.service, '') = 'tls'
    OR (c.service IS NULL AND (c.state <> 'established' OR c.missing_bytes > 0))
  );

CREATE VIEW opaque_in AS
SELECT c.* FROM opaque c
WHERE (SELECT a.everything FROM asked a) OR c.server_ip IN (SELECT a.ip FROM subject_address a);

CREATE VIEW opaque_out AS
SELECT c.* FROM opaque c
WHERE (SELECT a.everything FROM asked a) OR c.client_ip IN (SELECT a.ip FROM subject_address a);

-- Sessions whose envelopes could not all be read.
CREATE VIEW unreadable_in AS SELECT s.* FROM smtp_in s WHERE coalesce(s.content, 'partial') <> 'clear';
CREATE VIEW unreadable_out AS SELECT s.* FROM smtp_out s WHERE coalesce(s.content, 'partial') <> 'clear';

-- Connections of captures and sensors with the subject, on mail ports.
CREATE VIEW mail_connection AS
SELECT c.* FROM connection c
WHERE c.transport = 'tcp' AND c.server_port IN (SELECT p.port FROM mail_port p)
  AND ((SELECT a.everything FROM asked a)
       OR c.server_ip IN (SELECT a.ip FROM subject_address a) OR c.client_ip IN (SELECT a.ip FROM subject_address a));

-- Flow records of one connection side by side. Without flags or with one direction only, a connection may have been.
CREATE VIEW flow_sided AS
SELECT f.*,
  CASE WHEN f.dst_port IN (SELECT p.port FROM mail_port p) AND f.src_port NOT IN (SELECT p.port FROM mail_port p) THEN TRUE
       WHEN f.src_port IN (SELECT p.port FROM mail_port p) AND f.dst_port NOT IN (SELECT p.port FROM mail_port p) THEN FALSE
       WHEN f.dst_port < f.src_port THEN TRUE
       WHEN f.dst_port > f.src_port THEN FALSE
       ELSE NULL END AS from_client
FROM flow f WHERE f.transport = 'tcp';

CREATE VIEW flow_ends AS
SELECT f.*,
  CASE WHEN f.from_client IS FALSE THEN f.dst_ip ELSE f.src_ip END AS client_ip,
  CASE WHEN f.from_client IS FALSE THEN f.dst_port ELSE f.src_port END AS client_port,
  CASE WHEN f.from_client IS FALSE THEN f.src_ip ELSE f.dst_ip END AS server_ip,
  CASE WHEN f.from_client IS FALSE THEN f.src_port ELSE f.dst_port END AS server_port
FROM flow_sided f;

-- Per connection: which side acknowledged what. Exporters add the flags of a record's packets up.
CREATE VIEW flow_pair AS
SELECT f.evidence, f.client_ip, f.client_port, f.server_ip, f.server_port,
  min(f.ts) AS ts, max(f.last_ts) AS last_ts,
  min(f.record_no) AS record_no, min(f."offset") AS "offset", min(f.length) AS length,
  bool_or(f.from_client IS NULL) AS unclear,
  bool_or(f.tcp_flags IS NULL) AS flagless,
  bool_or(f.reply_packets IS NOT NULL) AS two_way,
  bool_or(f.from_client IS FALSE) AS server_seen,
  bool_or(NOT f.from_client IS FALSE AND f.tcp_flags LIKE '%A%') AS client_ack,
  bool_or(f.from_client IS FALSE AND f.tcp_flags LIKE '%S%') AS server_syn,
  bool_or(f.from_client IS FALSE AND f.tcp_flags LIKE '%R%') AS server_reset,
  sum(CASE WHEN f.from_client IS FALSE THEN 0 ELSE coalesce(f.packets, 0) END) AS client_packets,
  sum(CASE WHEN f.from_client IS FALSE THEN coalesce(f.packets, 0) ELSE coalesce(f.reply_packets, 0) END) AS server_packets
FROM flow_ends f
GROUP BY f.evidence, f.client_ip, f.client_port, f.server_ip, f.server_port;

CREATE VIEW flow_connection AS
SELECT p.*,
  CASE
    WHEN p.two_way OR p.flagless THEN
      CASE WHEN p.client_packets >= 3 AND p.server_packets >= 2 THEN 'established'
           WHEN p.server_packets = 0 AND p.two_way THEN 'unanswered'
           WHEN p.client_packets = 1 AND p.two_way THEN 'refused'
           ELSE 'uncertain' END
    WHEN p.unclear THEN 'uncertain'
    WHEN p.client_ack AND p.server_syn THEN 'established'
    WHEN p.client_ack THEN 'uncertain'
    WHEN p.server_syn THEN CASE WHEN p.client_packets > 0 THEN 'half_open' ELSE 'uncertain' END
    WHEN p.server_reset THEN 'refused'
    WHEN p.server_seen THEN 'uncertain'
    ELSE 'unanswered'
  END AS state
FROM flow_pair p;

CREATE VIEW flow_in AS
SELECT f.* FROM flow_connection f
WHERE (SELECT a.everything FROM asked a) OR f.server_ip IN (SELECT a.ip FROM subject_address a)
   OR (f.unclear AND f.client_ip IN (SELECT a.ip FROM subject_address a));

CREATE VIEW flow_out AS
SELECT f.* FROM flow_connection f
WHERE (SELECT a.everything FROM asked a) OR f.client_ip IN (SELECT a.ip FROM subject_address a)
   OR (f.unclear AND f.server_ip IN (SELECT a.ip FROM subject_address a));

-- The subject's own mail log, and those of others.
CREATE VIEW mta_own AS
SELECT m.* FROM mta_event m WHERE m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.vantage = 'subject_mta');
CREATE VIEW mta_other AS
SELECT m.* FROM mta_event m WHERE m.evidence IN (SELECT v.evidence FROM evidence v WHERE v.vantage <> 'subject_mta');

-- A message that really entered a queue: the first recipient gives it an id, only a complete message is queued.
CREATE VIEW mta_entered AS
SELECT m.* FROM mta_event m
WHERE m.event = 'accepted' AND m.direction IN ('in', 'submission')
  AND coalesce(m.peer_ip, '') NOT LIKE '127.%' AND coalesce(m.peer_ip, '') <> '::1'
  AND EXISTS (
    SELECT 1 FROM mta_event q
    WHERE q.event = 'queued' AND q.queue_id = m.queue_id AND coalesce(q.host, '') = coalesce(m.host, '')
      AND (q.evidence <> m.evidence OR q.record_no >= m.record_no));

-- A remote server took a message over.
CREATE VIEW mta_handed_over AS
SELECT m.* FROM mta_event m
WHERE m.event = 'delivery' AND m.direction = 'out' AND m.status = 'sent'
  AND coalesce(m.peer_ip, '') NOT LIKE '127.%' AND coalesce(m.peer_ip, '') <> '::1';

-- DNS about the subject: its names, names below them, and the reverse names of its addresses.
CREATE VIEW dns_about AS
SELECT q.* FROM dns_query q
WHERE (SELECT a.everything FROM asked a) OR q.qname IN (SELECT n.name FROM subject_qname n);

-- The hop that the delivering server wrote: the topmost that is no hand-over inside one host.
CREATE VIEW delivering_hop AS
SELECT h.* FROM message_hop h
WHERE h.hop_no = (
  SELECT min(t.hop_no) FROM message_hop t
  WHERE t.evidence = h.evidence AND t.record_no = h.record_no
    AND t.from_ip IS NOT NULL AND t.from_ip NOT LIKE '127.%' AND t.from_ip <> '::1'
    AND coalesce(t.protocol, '') NOT LIKE 'LMTP%');

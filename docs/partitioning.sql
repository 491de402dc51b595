-- Partitions payloads, customer orders and all that hangs on them by ranges of the sequence number.
-- For an empty store of schema 4, as its owner, right after `ordercli db upgrade`. See docs/scale.md.
BEGIN;

-- What is partitioned, and by which column; order_history is numbered apart from it.
CREATE TEMP TABLE part (name text, key text, position serial) ON COMMIT DROP;
INSERT INTO part (name, key) VALUES
  ('payload', 'seq'), ('customer_order', 'seq'), ('order_line_item', 'order_seq'),
  ('order_characteristic_value', 'order_seq'), ('order_line_item_contact', 'order_seq'),
  ('order_line_related_item', 'order_seq'), ('order_line_work_note', 'order_seq'),
  ('revised_document', 'order_seq'), ('order_history', 'order_seq');

CREATE TEMP TABLE again (statement text, position serial) ON COMMIT DROP;

DO $$
DECLARE p record; d record; owned text;
BEGIN
  -- Foreign keys go, and come back at the end.
  INSERT INTO again (statement)
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace;
  FOR d IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
            WHERE contype = 'f' AND connamespace = current_schema()::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', d.owner, d.conname);
  END LOOP;
  FOR p IN SELECT * FROM part ORDER BY position LOOP
    CREATE TEMP TABLE made (statement text) ON COMMIT DROP;
    INSERT INTO made SELECT pg_get_triggerdef(oid) FROM pg_trigger
      WHERE tgrelid = p.name::regclass AND NOT tgisinternal;
    -- A key that holds the column stays unique; another one becomes a plain index.
    INSERT INTO made SELECT
      CASE WHEN indisunique AND NOT (SELECT attnum FROM pg_attribute WHERE attrelid = indrelid AND attname = p.key)
                = ANY (indkey::int2[])
           THEN replace(pg_get_indexdef(indexrelid), 'CREATE UNIQUE INDEX', 'CREATE INDEX')
           ELSE pg_get_indexdef(indexrelid) END
      FROM pg_index WHERE indrelid = p.name::regclass AND NOT indisprimary;
    INSERT INTO made SELECT
      CASE WHEN p.name = 'order_history' THEN 'ALTER TABLE order_history ADD PRIMARY KEY (order_seq, seq)'
           ELSE format('ALTER TABLE %I ADD CONSTRAINT %I %s', p.name, conname, pg_get_constraintdef(oid)) END
      FROM pg_constraint WHERE conrelid = p.name::regclass AND contype = 'p';
    owned := pg_get_serial_sequence(p.name, 'seq') WHERE p.name IN ('payload', 'order_history');
    EXECUTE format('ALTER TABLE %I RENAME TO %I', p.name, p.name || '_plain');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)'
                   ' PARTITION BY RANGE (%I)', p.name, p.name || '_plain', p.key);
    IF owned IS NOT NULL THEN
      EXECUTE format('ALTER SEQUENCE %s OWNED BY %I.seq', owned, p.name);
    END IF;
    EXECUTE format('DROP TABLE %I', p.name || '_plain');
    FOR d IN SELECT * FROM made LOOP EXECUTE d.statement; END LOOP;
    DROP TABLE made;
  END LOOP;
  FOR d IN SELECT * FROM again ORDER BY position LOOP EXECUTE d.statement; END LOOP;
END $$;

-- Order ids and external ids stay unique over all partitions.
CREATE TABLE customer_order_id (order_id text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL);
CREATE TABLE customer_order_external_id (
  external_id text COLLATE "C", source text COLLATE "C", resource text COLLATE "C", seq bigint NOT NULL,
  PRIMARY KEY (external_id, source, resource));
CREATE FUNCTION customer_order_ids() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO customer_order_id VALUES (NEW.order_id, NEW.seq);
  IF NEW.external_id IS NOT NULL THEN
    INSERT INTO customer_order_external_id VALUES (NEW.external_id, NEW.source, NEW.resource, NEW.seq);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER customer_order_ids AFTER INSERT ON customer_order FOR EACH ROW EXECUTE FUNCTION customer_order_ids();

-- A range of every table; make the next one long before it is reached.
CREATE PROCEDURE add_partitions(label text, first bigint, next bigint) LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['payload', 'customer_order', 'order_line_item', 'order_characteristic_value',
      'order_line_item_contact', 'order_line_related_item', 'order_line_work_note', 'revised_document',
      'order_history'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', name || '_' || label, name, first, next);
  END LOOP;
END $$;

-- Forgets a range, with its entries in the queue and its external ids; children go before what they refer to.
CREATE PROCEDURE drop_partitions(label text, first bigint, next bigint) LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  -- Each batch counts what it lost, so that `db check` agrees.
  UPDATE batch SET purged = purged + gone.n
    FROM (SELECT batch_id, count(*) AS n FROM customer_order WHERE seq >= first AND seq < next GROUP BY batch_id) AS gone
   WHERE batch.id = gone.batch_id AND batch.mode = 'async';
  DELETE FROM customer_order_id WHERE seq >= first AND seq < next;
  DELETE FROM customer_order_external_id WHERE seq >= first AND seq < next;
  DELETE FROM order_external_id WHERE seq >= first AND seq < next;
  FOREACH name IN ARRAY ARRAY['order_history', 'revised_document', 'order_line_work_note', 'order_line_related_item',
      'order_line_item_contact', 'order_characteristic_value', 'order_line_item', 'customer_order', 'payload'] LOOP
    IF name = 'payload' THEN
      DELETE FROM inbound_entry WHERE seq >= first AND seq < next;
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', name, name || '_' || label);
    EXECUTE format('DROP TABLE %I', name || '_' || label);
  END LOOP;
END $$;

CALL add_partitions('p0', 0, 10000000);
COMMIT;

-- A city sensor gateway: averages per sensor and minute, and what leaves its range at once.
--
-- The tables `reading`, `average` and `alarm` come from another file, so that the same pipeline runs on simulated
-- sensors (demo.sql), on a broker (mqtt.sql) and on Flink:
--
--   levada run -i examples/gateway/mqtt.sql examples/gateway/gateway.sql
SET 'pipeline.name' = 'gateway';

EXECUTE STATEMENT SET
BEGIN

INSERT INTO average
SELECT
  sensor,
  window_start,
  COUNT(*),
  ROUND(AVG(temperature), 2),
  ROUND(AVG(humidity), 2),
  MAX(dust)
FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY sensor, window_start, window_end;

INSERT INTO alarm
SELECT sensor, ts, temperature
FROM reading
WHERE temperature > 43.1 OR temperature < -12.5;

END;

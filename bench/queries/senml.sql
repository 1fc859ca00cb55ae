-- SenML packs of a city's sensors: average per sensor and minute.
-- ${IN} = folder with senml.json; ${OUT} = folder for the result.
CREATE TABLE reading (
  source STRING,
  temperature DOUBLE,
  humidity DOUBLE,
  t TIMESTAMP_LTZ(3),
  WATERMARK FOR t AS t - INTERVAL '5' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = '${IN}/senml.json',
  'format' = 'senml-json',
  'senml-json.layout' = 'row'
);

CREATE TABLE out_rows (
  source STRING,
  window_start TIMESTAMP(3),
  readings BIGINT,
  temperature DOUBLE,
  humidity DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv'
);

INSERT INTO out_rows
SELECT source, window_start, COUNT(*), AVG(temperature), AVG(humidity)
FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(t), INTERVAL '1' MINUTE))
GROUP BY source, window_start, window_end;

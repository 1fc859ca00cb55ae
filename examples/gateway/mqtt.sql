-- The gateway's tables on an MQTT broker: SenML in, averages kept in files on this machine, alarms back to the broker.
--
--   levada run --state state -D BROKER=mqtt://127.0.0.1:1883 -D OUT=averages
--              -i examples/gateway/mqtt.sql examples/gateway/gateway.sql
--
-- Credentials come from the environment or a file ('username' = 'env:NAME', 'password' = 'file:/path'), never from here.
SET 'execution.checkpointing.interval' = '1 s';

-- One message is one row: a column for each entry of the pack, `t` its time.
CREATE TABLE reading (
  source STRING,
  temperature DOUBLE,
  humidity DOUBLE,
  dust DOUBLE,
  t TIMESTAMP_LTZ(3),
  sensor AS source,
  ts AS t,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'mqtt',
  'url' = '${BROKER}',
  'topic' = 'city/+',
  'qos' = '1',
  'client-id' = 'levada-gateway',
  'clean-session' = 'false',
  'format' = 'senml-json',
  'senml-json.layout' = 'row'
);

CREATE TABLE average (
  sensor STRING,
  window_start TIMESTAMP(3),
  readings BIGINT,
  temperature DOUBLE,
  humidity DOUBLE,
  dust DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv',
  'sink.delivery-guarantee' = 'exactly-once'
);

CREATE TABLE alarm (
  sensor STRING,
  ts TIMESTAMP_LTZ(3),
  temperature DOUBLE
) WITH (
  'connector' = 'mqtt',
  'url' = '${BROKER}',
  'topic' = 'city-alarms',
  'qos' = '1',
  'format' = 'json'
);

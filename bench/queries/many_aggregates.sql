-- Eight aggregates per bidder and second, one of them DISTINCT: more work for the operator than for the source.
-- ${IN} = folder with bids.ndjson, auctions.ndjson (each a file or a folder of files); ${OUT} = folder for the result.
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';

CREATE TABLE bid (
  auction BIGINT,
  bidder BIGINT,
  price BIGINT,
  channel STRING,
  url STRING,
  `dateTime` TIMESTAMP(3),
  extra STRING,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = '${IN}/bids.ndjson',
  'format' = 'json'
);

CREATE TABLE out_rows (
  bidder BIGINT,
  window_start TIMESTAMP(3),
  cnt BIGINT,
  auctions BIGINT,
  channels BIGINT,
  total BIGINT,
  mean DOUBLE,
  spread DOUBLE,
  lowest BIGINT,
  highest BIGINT
) WITH (
  'connector' = 'blackhole'
);

INSERT INTO out_rows
SELECT bidder, window_start, COUNT(*), COUNT(DISTINCT auction), COUNT(DISTINCT channel), SUM(price),
  AVG(CAST(price AS DOUBLE)), STDDEV_POP(CAST(price AS DOUBLE)), MIN(price), MAX(price)
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;

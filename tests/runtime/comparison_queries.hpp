// The queries of the throughput comparison, verbatim: what every part of the language they use must accept.
#pragma once

#include <array>
#include <string_view>

namespace levada {

inline constexpr std::array<std::string_view, 6> comparison_queries = {
    R"sql(-- Query A: filter and project
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
  auction BIGINT,
  price BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv'
);

INSERT INTO out_rows
SELECT auction, price
FROM bid
WHERE MOD(auction, 123) = 0;
)sql",
    R"sql(-- Query B: currency conversion
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
  auction BIGINT,
  bidder BIGINT,
  price DECIMAL(23, 3),
  `dateTime` TIMESTAMP(3),
  extra STRING
) WITH (
  'connector' = 'blackhole'
);

INSERT INTO out_rows
SELECT auction, bidder, 0.908 * price, `dateTime`, extra
FROM bid;
)sql",
    R"sql(-- Query C: tumbling window of 10 s, COUNT, SUM, MAX per auction
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
  auction BIGINT,
  window_start TIMESTAMP(3),
  cnt BIGINT,
  total BIGINT,
  top BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv'
);

INSERT INTO out_rows
SELECT auction, window_start, COUNT(*), SUM(price), MAX(price)
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
GROUP BY auction, window_start, window_end;
)sql",
    R"sql(-- Query D: hopping window of 10 s every 2 s, COUNT per auction
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
  auction BIGINT,
  window_start TIMESTAMP(3),
  cnt BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv'
);

INSERT INTO out_rows
SELECT auction, window_start, COUNT(*)
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
GROUP BY auction, window_start, window_end;
)sql",
    R"sql(-- Query E: running GROUP BY channel (changelog)
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
  channel STRING,
  cnt BIGINT,
  avg_price BIGINT
) WITH (
  'connector' = 'blackhole'
);

INSERT INTO out_rows
SELECT channel, COUNT(*), AVG(price)
FROM bid
GROUP BY channel;
)sql",
    R"sql(-- Query F: window join: auctions and bids of the same 10 s window on the auction id
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

CREATE TABLE auction (
  id BIGINT,
  itemName STRING,
  description STRING,
  initialBid BIGINT,
  reserve BIGINT,
  `dateTime` TIMESTAMP(3),
  expires TIMESTAMP(3),
  seller BIGINT,
  category BIGINT,
  extra STRING,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = '${IN}/auctions.ndjson',
  'format' = 'json'
);

CREATE TABLE out_rows (
  id BIGINT,
  seller BIGINT,
  category BIGINT,
  bidder BIGINT,
  price BIGINT,
  window_start TIMESTAMP(3)
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'csv'
);

INSERT INTO out_rows
SELECT a.id, a.seller, a.category, b.bidder, b.price, a.window_start
FROM (SELECT * FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))) AS a
JOIN (SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))) AS b
ON a.id = b.auction AND a.window_start = b.window_start AND a.window_end = b.window_end;
)sql"};

} // namespace levada

-- The least there is to do: one row, printed.
SELECT n FROM (VALUES (1)) AS t (n);

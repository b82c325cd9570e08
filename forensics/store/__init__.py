"""What was read, kept: Arrow batches become Parquet segments, custody lists them, DuckDB hands them out as tables."""

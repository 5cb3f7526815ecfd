"""What a sweep leaves on disk: shards of events, and the files that are made of them."""

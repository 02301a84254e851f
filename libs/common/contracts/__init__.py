"""The language the services speak: resources, records, commands, events, checkpoints. No I/O."""

"""The contract as other systems read it: schemas and an AsyncAPI document. Pure, no I/O."""

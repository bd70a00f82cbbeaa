"""What administrators look at and change beside accounts: their list, drafts of rule versions."""

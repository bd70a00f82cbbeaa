"""The supervisor's and the auditor's pages."""

"""What others made, against the profiles of Doc 9303-12: certificates of signers and authorities, revocation lists."""

from __future__ import annotations

from asn1crypto import x509

from printing.signing import CertificateError, SignerCertificate


def is_document_signer(certificate: bytes) -> bool:
    """Whether these bytes are a certificate (DER) that is for signing the security objects of chips."""
    try:
        read = SignerCertificate.of(certificate)
        parsed = x509.Certificate.load(certificate)
        usage = parsed.key_usage_value
        kinds = parsed.extended_key_usage_value
    except (CertificateError, ValueError, TypeError):
        return False
    return usage is not None and "digital_signature" in usage.native and kinds is None and bool(read.document_types)

"""EF.SOD, the document security object: the digests of the data groups, signed (Doc 9303-10, 4.6.2 and appendix D).

CMS SignedData (RFC 5652) around an LDS security object. Written is version V1; V0 of older documents is read too, and
what other states write besides what the standard says: that is odd, and no forgery.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from asn1crypto import algos, cms, core, x509

from printing.chip import tlv
from printing.chip.lds import DATA_GROUPS, LDS_VERSION, TAGS, UNICODE_VERSION, LdsError
from printing.pki import public_keys
from printing.pki.signing import UNREADABLE, CertificateError, Signer

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
"""The content type of what is signed (4.6.2.3)."""

DIGESTS = ("sha224", "sha256", "sha384", "sha512")
WEAK_DIGEST = "sha1"
"""The hash with which states signed until 2010, read but never written."""
"""The only hash functions of Doc 9303-12, 4.1.6.4."""

MAX_CERTIFICATES = 8
_LEAST_GROUPS, _MOST_GROUPS = 2, 16
_NAMES = {number: name for name, number in DATA_GROUPS.items()}


class _Bare(core.Sequence):  # type: ignore[misc]
    """An algorithm without NULL as its parameters (4.6.2.3, note 2), which asn1crypto would add."""

    _fields = [("algorithm", algos.DigestAlgorithmId)]  # noqa: RUF012 - asn1crypto reads a list


class _Hash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _Hashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Hash


class _Versions(core.Sequence):  # type: ignore[misc]
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class _Object(core.Sequence):  # type: ignore[misc]
    """LDSSecurityObject (4.6.2.3)."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("digest_algorithm", algos.DigestAlgorithm),
        ("hashes", _Hashes),
        ("versions", _Versions, {"optional": True}),
    ]


class NotKnown(LdsError):
    """A security object that cannot be judged here, for it uses a hash that is not known. It may be right."""


@dataclass(frozen=True)
class SecurityObject:
    """A parsed EF.SOD; nothing of it is proved before its signature is verified.

    `digest` names the hash function of `hashes`, which are by file name ("DG1"); `versions` are of the data structure
    and of Unicode, None in a V0 object. `certificate` is the document signer's (DER), None where it is not inside.
    `signed` are the attributes in DER and as they are written, either of which the signature may be over. `oddities`
    are sentences about what is not as the standard says.
    """

    digest: str
    hashes: Mapping[str, bytes]
    versions: tuple[str, str] | None
    certificate: bytes | None
    attested: bool
    signed: tuple[bytes, ...] = field(repr=False)
    signature: bytes = field(repr=False)
    algorithm: algos.SignedDigestAlgorithm = field(repr=False)
    oddities: tuple[str, ...] = ()

    def is_of(self, key: public_keys.PublicKey) -> bool:
        """Whether this key signed it: the signature is over attributes, these hold the digest of the object."""
        try:
            signed = any(key.verifies(self.algorithm, self.signature, one) for one in self.signed)
        except UNREADABLE:  # the parameters of the algorithm
            return False
        return signed and self.attested

    def digest_of(self, file: bytes) -> bytes:
        """The digest of a file as `hashes` has it."""
        return hashlib.new(self.digest, file).digest()


def sign(files: Mapping[str, bytes], signer: Signer, certificate: bytes) -> bytes:
    """The complete file EF.SOD over the data groups among these complete files, by name ("DG1").

    `certificate` (DER) is of `signer`'s key and goes inside. LdsError for fewer than two data groups, or a signature
    that is not by the certificate's key; CertificateError for a certificate that cannot be used.
    """
    try:
        issued = x509.Certificate.load(certificate, strict=True)
        key = public_keys.read(issued.public_key)
    except UNREADABLE as error:
        raise CertificateError("The certificate of the document signer cannot be used") from error
    digest = key.hash(b"").name
    content = _security_object(files, digest)
    attributes = _attributes(key.hash(content).digest())
    signature = signer.sign(attributes.dump())
    if not public_keys.is_of(key, signature, attributes.dump()):
        raise LdsError("SOD", "is not signed by the key of the document signer's certificate")
    identifier = {"issuer": issued.issuer, "serial_number": issued.serial_number}
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", identifier),
        "digest_algorithm": _without_null(digest),
        "signed_attrs": attributes,
        "signature_algorithm": key.algorithm,
        "signature": key.encode(signature),
    }
    return tlv.encode(TAGS["SOD"], _signed_data(content, digest, issued, cms.SignerInfo(info)))


def parse(data: bytes) -> SecurityObject:
    """What is in a complete file EF.SOD; LdsError when it is malformed, NotKnown when its hash is not known."""
    value = tlv.value(data, TAGS["SOD"], "SOD")
    try:
        return _parse(cms.ContentInfo.load(value, strict=True))
    except LdsError:
        raise
    except UNREADABLE as error:
        raise LdsError("SOD", "is no CMS signed data as Doc 9303-10, 4.6.2, says") from error


def _security_object(files: Mapping[str, bytes], digest: str) -> bytes:
    chosen = sorted((DATA_GROUPS[name], data) for name, data in files.items() if name in DATA_GROUPS)
    if len(chosen) < _LEAST_GROUPS:
        raise LdsError("SOD", f"needs at least {_LEAST_GROUPS} data groups, there are {len(chosen)}")
    values = {
        "version": 1,
        "digest_algorithm": _without_null(digest),
        "hashes": [{"number": number, "value": hashlib.new(digest, data).digest()} for number, data in chosen],
        "versions": {"lds": LDS_VERSION, "unicode": UNICODE_VERSION},
    }
    return bytes(_Object(values).dump())


def _attributes(digest: bytes) -> cms.CMSAttributes:
    """The signed attributes. The time of signing is none of them: no file tells when exactly it was made."""
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": [LDS_SECURITY_OBJECT]},
            {"type": "message_digest", "values": [digest]},
        ]
    )


def _without_null(digest: str) -> algos.DigestAlgorithm:
    return algos.DigestAlgorithm.load(_Bare({"algorithm": digest}).dump())


def _signed_data(content: bytes, digest: str, certificate: x509.Certificate, info: cms.SignerInfo) -> bytes:
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [_without_null(digest)],
            "encap_content_info": {"content_type": LDS_SECURITY_OBJECT, "content": content},
            "certificates": [cms.CertificateChoices("certificate", certificate)],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _parse(whole: cms.ContentInfo) -> SecurityObject:
    if whole["content_type"].native != "signed_data":
        raise LdsError("SOD", "holds something else than signed data")
    signed = whole["content"]
    inside, infos = signed["encap_content_info"], signed["signer_infos"]
    if len(infos) != 1:
        raise LdsError("SOD", f"holds {len(infos)} signatures, not exactly one")
    info, kind, content = infos[0], inside["content_type"], bytes(inside["content"])
    security_object = _Object.load(content, strict=True)
    attributes, message_digest = info["signed_attrs"], _known(info["digest_algorithm"]["algorithm"].native)
    certificate, named = _certificate(signed["certificates"], info["sid"])
    oddities = {
        f"the content type of the security object is not {LDS_SECURITY_OBJECT}": kind.dotted != LDS_SECURITY_OBJECT,
        "the security object names its signer otherwise than the one certificate in it": not named,
    }
    return SecurityObject(
        digest=_known(security_object["digest_algorithm"]["algorithm"].native),
        hashes=_hashes(security_object["hashes"]),
        versions=_versions(security_object),
        certificate=certificate,
        attested=_attested(attributes, kind.native, hashlib.new(message_digest, content).digest()),
        signed=(_der(attributes), attributes.untag().dump()),
        signature=info["signature"].native,
        algorithm=_algorithm(info["signature_algorithm"], message_digest),
        oddities=tuple(sentence for sentence, holds in oddities.items() if holds),
    )


def _der(attributes: cms.CMSAttributes) -> bytes:
    """The signed attributes in the order of DER, whatever order the file has (RFC 5652, 5.4)."""
    return tlv.encode(0x31, *sorted(one.dump() for one in attributes))


def _known(digest: str) -> str:
    if digest not in (*DIGESTS, WEAK_DIGEST):
        raise NotKnown("SOD", "uses another hash than SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512")
    return digest


def _hashes(hashes: _Hashes) -> dict[str, bytes]:
    if not _LEAST_GROUPS <= len(hashes) <= _MOST_GROUPS:
        raise LdsError("SOD", f"lists {len(hashes)} data groups, allowed are {_LEAST_GROUPS} to {_MOST_GROUPS}")
    found = {_NAMES.get(one["number"].native, ""): one["value"].native for one in hashes}
    if len(found) != len(hashes) or "" in found:
        raise LdsError("SOD", "lists a data group twice, or one that does not exist")
    return found


def _versions(security_object: _Object) -> tuple[str, str] | None:
    """What a V1 object says (4.6.2.1), None in a V0 object."""
    versions = security_object["versions"]
    if security_object["version"].native != (0 if isinstance(versions, core.Void) else 1):
        raise LdsError("SOD", "is a security object of a version that is not known")
    return None if isinstance(versions, core.Void) else (versions["lds"].native, versions["unicode"].native)


def _certificate(certificates: cms.CertificateSet, signer: cms.SignerIdentifier) -> tuple[bytes | None, bool]:
    """The certificate of the signer, None when it is not inside, and whether the signature names it.

    A sole certificate is taken whatever the signature calls it: whose key it is, only the signature itself can say.
    """
    if isinstance(certificates, core.Void):
        return None, True
    if len(certificates) > MAX_CERTIFICATES:
        raise LdsError("SOD", f"holds more than {MAX_CERTIFICATES} certificates")
    inside = [choice.chosen for choice in certificates if choice.name == "certificate"]
    for certificate in inside:
        if _names(signer, certificate):
            return bytes(certificate.dump()), True
    return (bytes(inside[0].dump()), False) if len(inside) == 1 else (None, True)


def _names(signer: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    if signer.name == "subject_key_identifier":
        return bool(signer.chosen.native == certificate.key_identifier)
    number, issuer = signer.chosen["serial_number"].native, signer.chosen["issuer"]
    return bool(number == certificate.serial_number and issuer == certificate.issuer)


def _attested(attributes: cms.CMSAttributes, kind: str, digest: bytes) -> bool:
    """Whether the signed attributes, which must be there, name the content's type and digest."""
    if isinstance(attributes, core.Void):
        raise LdsError("SOD", "has no signed attributes")
    found = {one["type"].dotted: one["values"].native for one in attributes}
    wanted = {"1.2.840.113549.1.9.3": [kind], "1.2.840.113549.1.9.4": [digest]}
    return all(found.get(kind) == value for kind, value in wanted.items())


def _algorithm(named: algos.SignedDigestAlgorithm, digest: str) -> algos.SignedDigestAlgorithm:
    """The signature's algorithm with its hash, which may be left to the digest algorithm (RFC 3370, 3.2)."""
    whole = {"rsassa_pkcs1v15": f"{digest}_rsa", "ecdsa": f"{digest}_ecdsa"}.get(named["algorithm"].native)
    return algos.SignedDigestAlgorithm({"algorithm": whole}) if whole else named

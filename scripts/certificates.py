"""Certificates for runs on loopback."""

import os
import subprocess


def make_certificate(folder):
    """Makes a certificate for 127.0.0.1 that is its own authority; gives its path and that of its key."""
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True, stderr=subprocess.DEVNULL)
    return certificate, key

import COpenSSL

/// The one owner of a reference to an `X509`.
@safe final class Certificate {
    let pointer: OpaquePointer

    /// Takes over one reference.
    @unsafe init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        // Safe: gives back the reference that `init` took over.
        unsafe X509_free(self.pointer)
    }
}

/// The one owner of an `EVP_PKEY`.
@safe struct PrivateKey: ~Copyable {
    let pointer: OpaquePointer

    /// Takes over one reference.
    @unsafe init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        // Safe: gives back the reference that `init` took over.
        unsafe EVP_PKEY_free(self.pointer)
    }
}

extension PEM {
    /// Every certificate in the text, in its order: at least one, at most 1,024.
    func certificates() throws(TLSError) -> [Certificate] {
        let source = try PEMSource(self)
        var certificates: [Certificate] = []
        // Safe: the source outlives the reads, and every certificate read is owned at once.
        while certificates.count < Self.certificateCountMax,
            let pointer = unsafe PEM_read_bio_X509(source.pointer, nil, refusePassword, nil)
        {
            certificates.append(unsafe Certificate(owning: pointer))
        }
        let failure = OpenSSLErrors.takePEMFailure()
        if let failure { throw .unusableFile(path: self.name, reason: failure) }
        guard !certificates.isEmpty else {
            throw .unusableFile(path: self.name, reason: "it holds no PEM certificate")
        }
        return certificates
    }

    func privateKey() throws(TLSError) -> PrivateKey {
        let source = try PEMSource(self)
        // Safe: the source outlives the read, and the key is owned at once.
        guard let pointer = unsafe PEM_read_bio_PrivateKey(source.pointer, nil, refusePassword, nil) else {
            let failure = OpenSSLErrors.takePEMFailure()
            throw .unusableFile(path: self.name, reason: failure ?? "it holds no PEM private key")
        }
        return unsafe PrivateKey(owning: pointer)
    }

    private static let certificateCountMax = 1024
}

/// The one owner of the `BIO` that PEM is read from.
@safe private struct PEMSource: ~Copyable {
    let pointer: OpaquePointer

    init(_ pem: PEM) throws(TLSError) {
        let opened: OpaquePointer?
        switch pem {
        case .file(let path):
            // Safe: OpenSSL copies what it needs of the path.
            unsafe opened = BIO_new_file(path, "r")
        case .text(let text):
            unsafe opened = BIO_new(BIO_s_mem())
            let octets = Array(text.utf8)
            // Safe: BIO_write copies the counted octets; a nil BIO writes nothing.
            unsafe octets.withUnsafeBytes { bytes in
                unsafe _ = BIO_write(opened, bytes.baseAddress, Int32(clamping: bytes.count))
            }
        }
        guard let pointer = unsafe opened else {
            throw .unusableFile(path: pem.name, reason: OpenSSLErrors.takeReason())
        }
        unsafe self.pointer = pointer
    }

    deinit {
        // Safe: the only owner frees it.
        unsafe _ = BIO_free(self.pointer)
    }
}

/// Refuses keys under a password: OpenSSL's own callback would ask at the terminal and wait.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 {
    -1
}

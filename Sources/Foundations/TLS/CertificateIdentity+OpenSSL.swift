import COpenSSL

extension CertificateIdentity {
    /// Copies the names out of a certificate that the caller keeps alive.
    @unsafe init(_ certificate: OpaquePointer) {
        self.init(
            alternativeNames: unsafe Self.alternativeNames(of: certificate),
            commonName: unsafe Self.commonName(of: X509_get_subject_name(certificate)))
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [Name] {
        // Safe: OpenSSL returns nil or a list that is ours to free; its octets are copied before that.
        guard let list = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(list)
        defer { unsafe copenssl_GENERAL_NAMES_free(names) }
        let count = unsafe copenssl_GENERAL_NAME_count(names)
        return (0..<count).compactMap { index -> Name? in
            var count: Int32 = 0
            guard let name = unsafe copenssl_GENERAL_NAME_at(names, index),
                let start = unsafe copenssl_GENERAL_NAME_octets(name, &count)
            else { return nil }
            let octets = unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
            return switch unsafe copenssl_GENERAL_NAME_kind(name) {
            case GEN_DNS: .dns(octets)
            case GEN_IPADD: .address(octets)
            case GEN_URI: .uri(octets)
            default: nil
            }
        }
    }

    private static func commonName(of subject: OpaquePointer?) -> [UInt8]? {
        var last: Int32 = -1
        // Safe: entries and their strings belong to the subject, which the certificate keeps alive.
        while case let next = unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, last), next >= 0 {
            last = next
        }
        guard last >= 0, let text = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)),
            let start = unsafe ASN1_STRING_get0_data(text)
        else { return nil }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(text))))
    }
}

extension CertificateVerifier {
    /// A distinguished name on one line (RFC 2253).
    static func text(ofName name: OpaquePointer?) -> String {
        // Safe: the caller keeps the value alive, and a memory BIO takes whatever is printed.
        unsafe self.text { bio in unsafe _ = copenssl_X509_NAME_print(bio, name) }
    }

    /// A time such as `Feb  1 00:00:00 2020 GMT`.
    static func text(ofTime time: UnsafePointer<ASN1_TIME>?) -> String {
        // Safe: the caller keeps the value alive, and a memory BIO takes whatever is printed.
        unsafe self.text { bio in unsafe _ = ASN1_TIME_print(bio, time) }
    }

    private static func text(printedBy print: (OpaquePointer) -> Void) -> String {
        // Safe: the BIO is freed here, and its octets are copied before that.
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return "?" }
        defer { unsafe _ = BIO_free(bio) }
        unsafe print(bio)
        let count = unsafe Int(copenssl_BIO_pending(bio))
        let octets = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            unsafe written = max(0, Int(BIO_read(bio, buffer.baseAddress, Int32(clamping: buffer.count))))
        }
        return printable(octets)
    }
}

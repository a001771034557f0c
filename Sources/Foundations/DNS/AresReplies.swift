import CCares

/// Records out of a DNS message, copied.
enum AresReplies {
    @unsafe static func services(
        _ message: UnsafePointer<UInt8>, _ length: Int32
    ) -> Result<[ServiceRecord], DNSError> {
        var list: UnsafeMutablePointer<ares_srv_reply>?
        // Safe: c-ares reads `length` octets and returns a list that is freed below.
        let status = unsafe ares_parse_srv_reply(message, length, &list)
        defer { unsafe ares_free_data(list) }
        guard status == 0 else { return .failure(DNSError(status: status)) }
        var records: [ServiceRecord] = []
        var next = unsafe list
        while let record = unsafe next?.pointee, records.count < DNSAnswer.recordsMax {
            // Safe: the strings live until the list is freed.
            unsafe records.append(
                ServiceRecord(
                    priority: record.priority, weight: record.weight, port: record.port,
                    target: Self.name(record.host)))
            unsafe next = record.next
        }
        return .success(records)
    }

    @unsafe static func namingAuthorities(
        _ message: UnsafePointer<UInt8>, _ length: Int32
    ) -> Result<[NamingAuthorityRecord], DNSError> {
        var list: UnsafeMutablePointer<ares_naptr_reply>?
        // Safe: c-ares reads `length` octets and returns a list that is freed below.
        let status = unsafe ares_parse_naptr_reply(message, length, &list)
        defer { unsafe ares_free_data(list) }
        guard status == 0 else { return .failure(DNSError(status: status)) }
        var records: [NamingAuthorityRecord] = []
        var next = unsafe list
        while let record = unsafe next?.pointee, records.count < DNSAnswer.recordsMax {
            // Safe: the strings live until the list is freed.
            unsafe records.append(
                NamingAuthorityRecord(
                    order: record.order, preference: record.preference, flags: Self.text(record.flags),
                    service: Self.text(record.service), replacement: Self.name(record.replacement)))
            unsafe next = record.next
        }
        return .success(records)
    }

    private static func name(_ text: UnsafePointer<CChar>?) -> String {
        // Safe: c-ares ends its strings with a NUL.
        let name = unsafe text.map { unsafe String(cString: $0) } ?? ""
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    private static func text(_ text: UnsafePointer<UInt8>?) -> String {
        // Safe: c-ares ends its strings with a NUL.
        unsafe text.map { unsafe String(cString: $0) } ?? ""
    }
}

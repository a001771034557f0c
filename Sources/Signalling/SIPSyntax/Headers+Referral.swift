/// The fields of REFER and of who asked for it (RFC 3515, 3892, 4488).
extension Headers {
    /// Throws also when there are several: a REFER has exactly one (RFC 3515 section 2.4.2).
    package var referTo: NameAddress? {
        get throws(SIPSyntaxError) {
            let values: [NameAddress] = try self.list(.referTo) { $0.nameAddress(bare: .endsAtSemicolon) }
            guard values.count <= 1 else { throw .repeatedHeader(.referTo) }
            return values.first
        }
    }

    package var referredBy: NameAddress? {
        get throws(SIPSyntaxError) { try self.optional(.referredBy) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    /// Whether Refer-Sub says `false`: no subscription is wanted, or none was made (RFC 4488).
    package var forgoesReferSubscription: Bool {
        guard let value = self.first(.referSub) else { return false }
        var scanner = FieldScanner(value)
        return scanner.token()?.text.equalsIgnoringCase("false") ?? false
    }
}

extension Headers {
    /// Whether the sender wants no refusal if we do not understand the body (RFC 3261 section 20.11).
    package var contentIsOptional: Bool {
        guard let value = self.first(.contentDisposition) else { return false }
        var scanner = FieldScanner(value)
        guard scanner.token() != nil, let parameters = scanner.parameters() else { return false }
        return parameters["handling"]?.equalsIgnoringCase("optional") ?? false
    }
}

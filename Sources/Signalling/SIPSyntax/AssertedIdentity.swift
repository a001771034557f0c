/// Who a network says that a caller is, apart from From (RFC 3325, RFC 3323, and the older Remote-Party-ID).
extension Headers {
    package var pPreferredIdentities: [NameAddress] {
        get throws(SIPSyntaxError) { try self.list(.pPreferredIdentity) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    /// Of draft-ietf-sip-privacy, which never became an RFC and which carriers send all the same.
    package var remotePartyIDs: [NameAddress] {
        get throws(SIPSyntaxError) { try self.list(.remotePartyID) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    /// The words of Privacy in lower case: `id`, `header`, `user`, `none`, `critical` (RFC 3323 section 4.2).
    package var privacy: Set<String> {
        let words = self.all(.privacy).flatMap { $0.text.split { $0 == ";" || $0 == "," } }
        return Set(words.prefix(8).map { HeaderValue(parsed: Array($0.utf8)[...]).text.asciiLowercased })
    }

    /// The caller as the network knows it: P-Asserted-Identity, else Remote-Party-ID of the calling party. A telephone
    /// number in `tel:` form counts as its user part. Only a trusted peer's word is worth anything (RFC 3325 section 5).
    package var assertedUser: String? {
        let asserted = ((try? self.pAssertedIdentities) ?? []).prefix(2).compactMap(\.telephoneUser)
        if let user = asserted.first { return user }
        let parties = (try? self.remotePartyIDs) ?? []
        return parties.first { $0.parameters["party"]?.equalsIgnoringCase("called") != true }?.telephoneUser
    }
}

extension NameAddress {
    /// The user of a SIP URI, or the number of a `tel:` one without its parameters.
    package var telephoneUser: String? {
        switch self.uri {
        case .sip(let uri): return uri.user
        case .other(let uri):
            guard uri.scheme == "tel" else { return nil }
            let number = uri.text.dropFirst("tel:".count).prefix { $0 != ";" }
            return number.isEmpty ? nil : String(number)
        }
    }
}

/// The Replaces header field (RFC 3891): an INVITE with it takes the place of a dialog.
package struct Replaces: Hashable, Sendable {
    package let callID: CallID
    /// The tag at the end of whoever gets the INVITE.
    package let toTag: String
    /// The tag of the other end.
    package let fromTag: String
    /// Only an early dialog is to be replaced.
    package var isEarlyOnly: Bool

    /// Throws `malformedHeader` for a tag or a Call-ID that cannot stand in the field.
    package init(callID: CallID, toTag: String, fromTag: String, isEarlyOnly: Bool = false) throws(SIPSyntaxError) {
        guard Self.canStand(callID.text), Self.canStand(toTag), Self.canStand(fromTag) else {
            throw .malformedHeader(.replaces)
        }
        self.init(parsed: callID, toTag, fromTag, isEarlyOnly)
    }

    private init(parsed callID: CallID, _ toTag: String, _ fromTag: String, _ isEarlyOnly: Bool) {
        self.callID = callID
        self.toTag = toTag
        self.fromTag = fromTag
        self.isEarlyOnly = isEarlyOnly
    }

    /// Reads `callid *(SEMI replaces-param)`. Throws `malformedHeader`; both tags must be there, each once.
    package init(_ value: HeaderValue) throws(SIPSyntaxError) {
        var scanner = FieldScanner(value)
        let text = scanner.take { $0 != UInt8(ascii: ";") }
        guard let callID = try? CallID(HeaderValue(parsed: text).text), let parameters = scanner.parameters(),
            scanner.isAtEnd, Self.count(of: "to-tag", in: parameters) == 1,
            Self.count(of: "from-tag", in: parameters) == 1,
            let toTag = parameters["to-tag"], let fromTag = parameters["from-tag"], Self.canStand(toTag),
            Self.canStand(fromTag)
        else { throw .malformedHeader(.replaces) }
        self.init(parsed: callID, toTag, fromTag, parameters.contains("early-only"))
    }

    /// Peers put more into tags and Call-IDs than tokens may hold; what would end the value cannot be written.
    private static func canStand(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                0x21...0x7E ~= byte && byte != UInt8(ascii: ";") && byte != UInt8(ascii: ",")
                    && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            }
    }

    private static func count(of name: String, in parameters: Parameters) -> Int {
        parameters.entries.count { $0.name.equalsIgnoringCase(name) }
    }
}

extension Replaces: HeaderFieldValue {
    package var headerValue: HeaderValue {
        let flag = self.isEarlyOnly ? ";early-only" : ""
        return HeaderValue(assembled: "\(self.callID.text);to-tag=\(self.toTag);from-tag=\(self.fromTag)\(flag)")
    }
}

extension Headers {
    /// Throws also when there are several: an INVITE replaces one dialog (RFC 3891 section 3).
    package var replaces: Replaces? {
        get throws(SIPSyntaxError) {
            guard let value = self.first(.replaces) else { return nil }
            guard self.all(.replaces).count == 1 else { throw .repeatedHeader(.replaces) }
            return try Replaces(value)
        }
    }
}

/// An address with an optional display name: From, To, Contact, Route, Record-Route and their like.
package struct NameAddress: Hashable, Sendable {
    /// Without quotes and escapes; nil when there is none.
    package private(set) var displayName: String?
    package var uri: URI
    /// The header field's parameters, behind the address.
    package var parameters: Parameters

    /// Throws `controlCharacter` for a display name that has one.
    package init(displayName: String, uri: URI, parameters: Parameters = Parameters()) throws(SIPSyntaxError) {
        guard !displayName.utf8.contains(where: \.isForbiddenControl) else { throw .controlCharacter }
        self.init(uri: uri, parameters: parameters)
        // An empty name says nothing, and is written as none.
        self.displayName = displayName.isEmpty ? nil : displayName
    }

    package init(uri: URI, parameters: Parameters = Parameters()) {
        self.displayName = nil
        self.uri = uri
        self.parameters = parameters
    }

    package init(uri: SIPURI, parameters: Parameters = Parameters()) {
        self.init(uri: .sip(uri), parameters: parameters)
    }

    init(parsedDisplayName displayName: String?, uri: URI, parameters: Parameters) {
        self.displayName = displayName.flatMap { $0.isEmpty ? nil : $0 }
        self.uri = uri
        self.parameters = parameters
    }

    package var tag: String? { self.parameters["tag"] }

    package mutating func setTag(_ tag: Token) {
        self.parameters.set(Token(trusted: "tag"), tag)
    }
}

extension NameAddress: HeaderFieldValue {
    /// Always with angle brackets, so that no URI parameter can be taken for the field's own.
    package var headerValue: HeaderValue {
        var text = ""
        if let name = self.displayName { text = QuotedString.quote(name) + " " }
        return HeaderValue(assembled: text + "<\(self.uri)>" + self.parameters.fieldText)
    }
}

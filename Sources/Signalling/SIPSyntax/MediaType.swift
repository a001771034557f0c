/// Content-Type: type and subtype in lower case, with parameters.
package struct MediaType: Hashable, Sendable {
    package let type: String
    package let subtype: String
    package var parameters: Parameters

    package init(type: Token, subtype: Token, parameters: Parameters = Parameters()) {
        self.type = type.text.asciiLowercased
        self.subtype = subtype.text.asciiLowercased
        self.parameters = parameters
    }

    package static let sdp = MediaType(type: Token(trusted: "application"), subtype: Token(trusted: "sdp"))
    package static let dtmfRelay = MediaType(
        type: Token(trusted: "application"), subtype: Token(trusted: "dtmf-relay"))
    package static let dtmf = MediaType(type: Token(trusted: "application"), subtype: Token(trusted: "dtmf"))

    package static let sipFragment = MediaType(
        type: Token(trusted: "message"), subtype: Token(trusted: "sipfrag"))

    /// The same type and subtype, whatever the parameters.
    package func matches(_ other: MediaType) -> Bool {
        self.type == other.type && self.subtype == other.subtype
    }
}

extension MediaType: HeaderFieldValue {
    package var headerValue: HeaderValue {
        HeaderValue(assembled: "\(self.type)/\(self.subtype)" + self.parameters.fieldText)
    }
}

import SIPSyntax

/// What this user agent can do, and no more: peers act on every word of it. Of this, the settings of a session may leave
/// something out.
package enum Capabilities {
    /// `Allow`.
    package static let methods: [Method] = [
        .invite, .ack, .cancel, .bye, .options, .update, .prack, .info, .notify, .refer,
    ]

    /// `Supported`: the option tags that a peer may require of us.
    package static let optionTags: [Token] = [.reliableProvisionals, .sessionTimer, .replaces]

    /// `Accept`: the bodies that an INVITE may have.
    package static let mediaTypes: [MediaType] = [.sdp]

    /// What an OPTIONS request is told (RFC 3261 section 11.2).
    static func fields(_ settings: SessionSettings) -> [Headers.Field] {
        var headers = Headers()
        Self.addTo(&headers, settings)
        headers.add(.accept, Self.mediaTypes)
        return headers.fields
    }

    /// Adds Allow and Supported.
    static func addTo(_ headers: inout Headers, _ settings: SessionSettings) {
        headers.add(.allow, settings.methods)
        headers.add(.supported, settings.optionTags)
    }
}

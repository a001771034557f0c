import SIPSyntax

/// One URI: it is written as it reads, names itself, and holds no more than its parts.
enum SIPURITarget {
    static func check(_ bytes: [UInt8]) {
        guard let uri = try? URI(String(decoding: bytes, as: UTF8.self)) else { return }
        let written = Array(uri.description.utf8)
        require(written.allSatisfy { 0x21...0x7E ~= $0 }, "a URI is printable")
        let again = reading(written) { try URI(String(decoding: $0, as: UTF8.self)) }
        require(again == uri, "a URI survives being written: \(uri)")
        guard let sip = uri.sip else { return }
        require(sip.isEquivalent(to: sip), "a URI is equivalent to itself: \(sip)")
        let bare = sip.withoutHeaders
        require(bare.escapedHeaders == nil && !bare.parameters.contains("?"), "the headers are gone: \(bare)")
        _ = (sip.transport, sip.isLooseRouter)
        // The user's meaning survives being escaped anew; broken UTF-8 and controls cannot be meant.
        if let user = sip.user, let rebuilt = try? SIPURI(user: user, host: sip.host) {
            require(rebuilt.user == user, "the user survives being escaped: \(rebuilt)")
            let text = Array(rebuilt.description.utf8)
            require(
                reading(text) { try URI(String(decoding: $0, as: UTF8.self)) } == .sip(rebuilt),
                "a made URI survives being written: \(rebuilt)")
        }
    }
}

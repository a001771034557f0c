import SIPSyntax

/// Lines of `Name: value`: each typed view reads or refuses, and what it reads is written so that it reads the same.
enum SIPHeadersTarget {
    static func check(_ bytes: [UInt8]) {
        var headers = Headers()
        for line in bytes.split(separator: 0x0A).prefix(32) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = try? HeaderName(String(decoding: parts[0], as: UTF8.self)),
                let value = try? HeaderValue(String(decoding: parts[1], as: UTF8.self))
            else { continue }
            headers.add(name, value)
        }
        Self.check(headers)
    }

    /// The views in which a whole message can hold what a line of text cannot: controls behind a backslash.
    static func checkAddresses(_ headers: Headers) {
        Self.list(.contact, in: headers) { try $0.contacts }
        Self.one(.from, in: headers) { try $0.from }
        Self.one(.to, in: headers) { try $0.to }
    }

    static func check(_ headers: Headers) {
        Self.checkAddresses(headers)
        Self.list(.via, in: headers) { try $0.vias }
        Self.list(.route, in: headers) { try $0.routes }
        Self.list(.recordRoute, in: headers) { try $0.recordRoutes }
        Self.list(.pAssertedIdentity, in: headers) { try $0.pAssertedIdentities }
        Self.list(.require, in: headers) { try $0.require }
        Self.list(.supported, in: headers) { try $0.supported }
        Self.list(.unsupported, in: headers) { try $0.unsupported }
        Self.list(.allow, in: headers) { try $0.allow }
        Self.list(.accept, in: headers) { try $0.accept ?? [] }
        Self.list(.reason, in: headers) { try $0.reasons }
        Self.list(.warning, in: headers) { try $0.warnings }
        Self.one(.callID, in: headers) { try $0.callID }
        Self.one(.cSeq, in: headers) { try $0.cSeq }
        Self.one(.contentType, in: headers) { try $0.contentType }
        Self.one(.expires, in: headers) { try $0.expires }
        Self.one(.retryAfter, in: headers) { headers in
            // The comment is not written back.
            try headers.retryAfter.map { Reread(value: $0, key: [$0.delay.description, "\($0.parameters)"]) }
        }
        _ = try? headers.maxForwards
        _ = try? headers.contentLength
        if let via = try? headers.topVia { _ = (via.rport, via.received, via.hasMagicCookie, via.branch) }
    }

    private struct Reread: HeaderFieldValue, Equatable {
        let value: RetryAfter
        let key: [String]
        var headerValue: HeaderValue { self.value.headerValue }
        static func == (left: Reread, right: Reread) -> Bool { left.key == right.key }
    }

    private static func list<Value: HeaderFieldValue & Equatable>(
        _ name: HeaderName, in headers: Headers, _ read: (Headers) throws -> [Value]
    ) {
        guard headers.contains(name), let values = try? read(headers), !values.isEmpty else { return }
        Self.expect(values, of: name, read)
    }

    private static func one<Value: HeaderFieldValue & Equatable>(
        _ name: HeaderName, in headers: Headers, _ read: (Headers) throws -> Value?
    ) {
        guard headers.contains(name), let value = try? read(headers) else { return }
        Self.expect(value, of: name) { headers in
            guard let value = try read(headers) else { throw SIPSyntaxError.missingHeader(name) }
            return value
        }
    }

    private static func expect<Value: HeaderFieldValue & Equatable>(
        _ value: Value, of name: HeaderName, _ read: (Headers) throws -> Value
    ) {
        let written = value.headerValue
        let again = reading(Array(written.text.utf8)) { _ in
            var headers = Headers()
            headers.add(name, written)
            return try read(headers)
        }
        require(again == value, "\(name) survives being written: \(written)")
        require(again.headerValue == written, "\(name) reads and writes the same: \(written)")
    }
}

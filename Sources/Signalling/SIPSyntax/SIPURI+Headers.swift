/// The header fields that a URI carries behind `?` (RFC 3261 section 19.1.1): a Refer-To names a dialog this way.
extension SIPURI {
    /// Name and value of each, escapes resolved. A name that is no token or a value that holds a control character is
    /// left out: nothing of a URI may become more than one field.
    package var headers: [Headers.Field] {
        (self.escapedHeaders ?? "").split(separator: "&").prefix(Self.headersMax).compactMap { part in
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let name = PercentEncoding.unescape(part[..<equals].utf8)
            let value = PercentEncoding.unescape(part[part.index(after: equals)...].utf8)
            guard let name = try? HeaderName(name), let value = try? HeaderValue(value) else { return nil }
            return Headers.Field(name: name, value: value)
        }
    }

    /// The URI with these fields in place of its own.
    package func carrying(_ fields: [Headers.Field]) -> SIPURI {
        let text = fields.map { field in
            PercentEncoding.escape(field.name.text.utf8) { $0.isURIHeaderCharacter } + "="
                + PercentEncoding.escape(field.value.text.utf8) { $0.isURIHeaderCharacter }
        }.joined(separator: "&")
        return self.withHeaderText(text.isEmpty ? nil : text)
    }

    /// Fields of one URI that are looked at.
    package static let headersMax = 16
}

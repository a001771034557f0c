/// One line of text that is safe to write into a message's head: a header field's value or a reason phrase.
///
/// It never holds CR or LF, so that no value can end its line. Every other control character but HT is refused too,
/// except after a backslash in a quoted string that a peer sent (RFC 3261 section 25.1, `quoted-pair`).
package struct HeaderValue: Hashable, Sendable {
    package let text: String

    /// Leading and trailing white space is dropped. Throws `controlCharacter`.
    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        guard !text.utf8.contains(where: \.isForbiddenControl) else { throw .controlCharacter }
        self.init(parsed: Array(text.utf8)[...])
    }

    /// A value of the program's own text.
    package init(trusted text: StaticString) {
        self.text = text.description
        precondition(!self.text.utf8.contains(where: \.isForbiddenControl), "a control character in a header value")
    }

    /// Text that was put together from checked parts.
    init(assembled text: String) {
        self.text = text
    }

    /// Bytes of an unfolded header line in which the parser found no control character out of place.
    init(parsed bytes: ArraySlice<UInt8>) {
        var bytes = bytes
        while let first = bytes.first, first.isLinearWhitespace { bytes.removeFirst() }
        while let last = bytes.last, last.isLinearWhitespace { bytes.removeLast() }
        self.text = String(decoding: bytes, as: UTF8.self)
    }
}

extension HeaderValue: CustomStringConvertible {
    package var description: String { self.text }
}

/// What can be written as one header field's value. Conforming types hold checked parts only.
package protocol HeaderFieldValue: Sendable {
    var headerValue: HeaderValue { get }
}

extension HeaderValue: HeaderFieldValue {
    package var headerValue: HeaderValue { self }
}

extension Token: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: self.text) }
}

extension Method: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: self.rawValue) }
}

/// Max-Forwards, Expires, RSeq and their like.
extension UInt32: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: String(self)) }
}

/// Lists of methods, option tags, routes: one field, values separated by commas.
extension Array: HeaderFieldValue where Element: HeaderFieldValue {
    package var headerValue: HeaderValue {
        // No key path: in generic code it is made anew each time.
        HeaderValue(assembled: self.map { $0.headerValue.text }.joined(separator: ", "))
    }
}

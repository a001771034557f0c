/// Text of others made fit for one line of a log or a terminal.
package enum PlainLine {
    /// Controls (C0, DEL and C1, which terminals obey), separators of lines and what turns the direction of text are
    /// written as `\\u{…}`: a peer or a bot can neither forge a line nor move the cursor.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: Self.isHarmful) else { return text }
        return text.unicodeScalars.map { scalar in
            Self.isHarmful(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        default: false
        }
    }
}

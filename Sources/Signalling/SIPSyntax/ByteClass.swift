/// The character classes of RFC 3261 section 25.1, as questions to a byte.
extension UInt8 {
    package var isDigit: Bool { self &- 0x30 < 10 }

    package var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    package var isHexDigit: Bool { self.isDigit || (self | 0x20) &- 0x61 < 6 }

    /// SP or HT; folded lines are unfolded before anybody asks.
    package var isLinearWhitespace: Bool { self == 0x20 || self == 0x09 }

    /// C0 controls but HT, and DEL: nothing that may stand in a field that we write.
    package var isForbiddenControl: Bool { (self < 0x20 && self != 0x09) || self == 0x7F }

    package var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "*"),
            UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "`"), UInt8(ascii: "'"), UInt8(ascii: "~"):
            true
        default: self.isDigit || self.isLetter
        }
    }

    /// `unreserved`: alphanumeric or mark.
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "~"),
            UInt8(ascii: "*"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: self.isDigit || self.isLetter
        }
    }

    /// What may stand unescaped in the user part of a SIP URI.
    var isUserCharacter: Bool {
        switch self {
        case UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "?"), UInt8(ascii: "/"):
            true
        default: self.isUnreserved
        }
    }

    /// What may stand unescaped in the password of a SIP URI.
    var isPasswordCharacter: Bool {
        switch self {
        case UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: ","): true
        default: self.isUnreserved
        }
    }

    /// `paramchar` without escapes: what may stand in a URI parameter.
    var isURIParameterCharacter: Bool {
        switch self {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "&"),
            UInt8(ascii: "+"), UInt8(ascii: "$"):
            true
        default: self.isUnreserved
        }
    }

    /// What may stand unescaped in a URI header's name or value.
    var isURIHeaderCharacter: Bool {
        switch self {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: ":"),
            UInt8(ascii: "+"), UInt8(ascii: "$"):
            true
        default: self.isUnreserved
        }
    }

    /// A generic parameter's value without quotes: `token` or `host`, IPv6 with or without its brackets.
    var isParameterValueCharacter: Bool {
        switch self {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"): true
        default: self.isTokenCharacter
        }
    }

    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension StringProtocol {
    /// ASCII letters in lower case, all else unchanged: the form in which SIP compares tokens.
    var asciiLowercased: String {
        String(decoding: self.utf8.map(\.lowercased), as: UTF8.self)
    }

    /// Whether both texts are equal without regard to the case of ASCII letters.
    func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        self.utf8.elementsEqual(other.utf8) { $0.lowercased == $1.lowercased }
    }
}

import SIPSyntax

/// Draws the names that must be unique and hard to guess from the injected generator.
struct IdentifierSource: Sendable {
    private var random: any RandomNumberGenerator & Sendable

    init(_ random: any RandomNumberGenerator & Sendable) {
        self.random = random
    }

    /// A branch with the magic cookie (RFC 3261 section 8.1.1.7).
    mutating func branch() -> Token {
        Token(hexadecimal: self.random.next(), prefix: Via.magicCookie)
    }

    /// A tag: 64 random bits, where RFC 3261 section 19.3 asks for 32.
    mutating func tag() -> Token {
        Token(hexadecimal: self.random.next())
    }

    /// 128 random bits at our host (RFC 3261 section 8.1.1.4).
    mutating func callID(at host: Host) -> CallID {
        let digits = Token(hexadecimal: self.random.next()).text + Token(hexadecimal: self.random.next()).text
        guard let callID = try? CallID("\(digits)@\(host)") else {
            preconditionFailure("digits and a host are a Call-ID")
        }
        return callID
    }

    mutating func number() -> UInt64 {
        self.random.next()
    }

    /// From 0 to 1, for pauses that must not be alike.
    mutating func fraction() -> Double {
        Double.random(in: 0...1, using: &self.random)
    }

    /// `Retry-After` of a request that came while another was open: 0 to 10 s (RFC 3261 section 14.2).
    mutating func retryDelayInSeconds() -> UInt32 {
        UInt32(self.random.next(upperBound: 11 as UInt64))
    }

    /// The pause after 491, in units of 10 ms: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side, so
    /// that the two do not meet again (RFC 3261 section 14.1).
    mutating func glareDelay(ownsCallID: Bool) -> Duration {
        let units = ownsCallID ? 210 + self.random.next(upperBound: 191 as UInt64) : self.random.next(upperBound: 201)
        return .milliseconds(Int64(units) * 10)
    }

    /// The number of a call's first reliable provisional: 1 to 2^31-1 (RFC 3262 section 3).
    mutating func reliableNumber() -> UInt32 {
        UInt32(1 + self.random.next(upperBound: (1 << 31) - 1 as UInt64))
    }
}

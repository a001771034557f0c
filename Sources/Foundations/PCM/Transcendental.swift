/// The few functions of analysis that tones, meters and filters need, so that this room needs no C library.
///
/// None is for the path of a packet; each is exact to about 1e-14.
package enum Transcendental {
    /// The sine of `angle` in radians. The reduction keeps its precision for angles below about 1e6.
    package static func sine(_ angle: Double) -> Double {
        let turns = (angle / (2 * .pi)).rounded()
        var reduced = angle - turns * 2 * .pi
        // sin(π - x) = sin(x) brings the argument into a quarter turn of zero.
        if reduced > .pi / 2 { reduced = .pi - reduced }
        if reduced < -.pi / 2 { reduced = -.pi - reduced }
        let square = reduced * reduced
        var term = reduced
        var sum = reduced
        for degree in stride(from: 3.0, through: 23, by: 2) {
            term *= -square / (degree * (degree - 1))
            sum += term
        }
        return sum
    }

    /// The logarithm to base 10 of a positive finite `value`.
    package static func logarithm10(_ value: Double) -> Double {
        precondition(value > 0 && value.isFinite, "no logarithm")
        // ln(s) = 2 artanh((s - 1) / (s + 1)); the significand is in [1, 2), so the series converges by 1/9 a term.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var power = ratio
        var sum = 0.0
        for degree in stride(from: 1.0, through: 33, by: 2) {
            sum += power / degree
            power *= ratio * ratio
        }
        return (2 * sum + Double(value.exponent) * Self.ln2) / Self.ln10
    }

    /// 10 to the power of `exponent`, for exponents from -300 to 300.
    package static func powerOf10(_ exponent: Double) -> Double {
        precondition(abs(exponent) <= 300, "out of range")
        let binary = exponent * Self.ln10 / Self.ln2
        let whole = binary.rounded()
        let rest = (binary - whole) * Self.ln2
        var term = 1.0
        var sum = 1.0
        for degree in 1...18 {
            term *= rest / Double(degree)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    /// The modified Bessel function of the first kind and order zero, for arguments up to 30.
    package static func besselI0(_ argument: Double) -> Double {
        let quarter = argument * argument / 4
        var term = 1.0
        var sum = 1.0
        var order = 1.0
        while term > sum * 1e-17 {
            term *= quarter / (order * order)
            sum += term
            order += 1
        }
        return sum
    }

    private static let ln2 = 0.693_147_180_559_945_309_417
    private static let ln10 = 2.302_585_092_994_045_684_018
}

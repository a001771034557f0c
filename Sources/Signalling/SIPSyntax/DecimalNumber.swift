/// The `1*DIGIT` of the grammar: no sign, no base prefix, no blanks.
enum DecimalNumber {
    /// Nil for no digits, for anything but digits, and for what the type cannot hold.
    static func parse<Number: FixedWidthInteger>(_ digits: some Sequence<UInt8>) -> Number? {
        var number: Number?
        for digit in digits {
            guard digit.isDigit else { return nil }
            let (product, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Number(digit &- 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }
}

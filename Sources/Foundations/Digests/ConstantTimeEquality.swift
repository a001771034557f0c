import COpenSSL

/// Compares two secrets in a time that depends on their lengths only, never on where they differ.
///
/// Tokens and authentication tags are compared by this and not by `==`, which stops at the first difference and so tells
/// an attacker how much of a guess was right.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    // Safe: both buffers hold `left.count` octets.
    return unsafe left.withUnsafeBytes { left in
        unsafe right.withUnsafeBytes { right in
            unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}

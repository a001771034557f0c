import CLinux

/// What the kernel refused.
package enum ReactorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call failed; `code` is its errno.
    case systemCall(String, code: Int32)

    package var description: String {
        switch self {
        case .systemCall(let name, let code): "\(name): \(SystemError.text(of: code))"
        }
    }

    /// Turns the result of a `clinux_` function (negative: a negated errno) into a value or an error.
    @discardableResult
    package static func check(_ result: Int32, _ name: String) throws(ReactorError) -> Int32 {
        guard result >= 0 else { throw .systemCall(name, code: -result) }
        return result
    }
}

/// The system's own words for an errno.
package enum SystemError {
    package static func text(of code: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 128)
        unsafe text.withUnsafeMutableBytes { bytes in
            // Safe: the callee writes at most `count` bytes, the last of them zero.
            unsafe clinux_describe_error(
                code, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        return String(decoding: text.prefix(while: { $0 != 0 }), as: UTF8.self)
    }
}

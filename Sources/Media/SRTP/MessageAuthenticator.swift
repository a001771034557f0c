import COpenSSL

/// HMAC-SHA1 under one key (RFC 2104), with both pads hashed once at the start: a packet costs two short runs of SHA-1.
struct MessageAuthenticator: ~Copyable {
    /// The states of SHA-1 after the inner and the outer pad; a packet begins with a copy of them.
    private let inner: SHA_CTX
    private let outer: SHA_CTX

    init(key: [UInt8]) {
        precondition(key.count <= Self.blockLength, "session keys are shorter than a block")
        let padded = key + Array(repeating: 0, count: Self.blockLength - key.count)
        self.inner = Self.state(after: padded.map { $0 ^ 0x36 })
        self.outer = Self.state(after: padded.map { $0 ^ 0x5C })
    }

    /// The tag of the first `count` octets of `octets` followed by `suffix` in network order.
    func tag(_ octets: borrowing MutableSpan<UInt8>, count: Int, suffix: UInt32?) -> Tag {
        precondition(count <= octets.count, "the message lies in the packet")
        var context = self.inner
        // Safe: libcrypto reads `count` octets of the buffer and four of the suffix.
        unsafe octets.withUnsafeBufferPointer { buffer in
            _ = unsafe SHA1_Update(&context, buffer.baseAddress, count)
        }
        if let suffix {
            unsafe withUnsafeBytes(of: suffix.bigEndian) { bytes in
                _ = unsafe SHA1_Update(&context, bytes.baseAddress, 4)
            }
        }
        var innerDigest = Tag()
        innerDigest.finish(&context)
        context = self.outer
        unsafe withUnsafeBytes(of: innerDigest.words) { bytes in
            _ = unsafe SHA1_Update(&context, bytes.baseAddress, Tag.lengthInBytes)
        }
        var tag = Tag()
        tag.finish(&context)
        return tag
    }

    private static func state(after block: [UInt8]) -> SHA_CTX {
        var context = SHA_CTX()
        // Safe: libcrypto fills the context, and reads the whole array.
        unsafe SHA1_Init(&context)
        unsafe SHA1_Update(&context, block, block.count)
        return context
    }

    private static let blockLength = 64
}

/// The 20 octets of an HMAC-SHA1, of which a packet carries the first ten or four.
struct Tag {
    typealias Words = (UInt32, UInt32, UInt32, UInt32, UInt32)
    fileprivate(set) var words: Words = (0, 0, 0, 0, 0)

    static let lengthInBytes = 20

    fileprivate mutating func finish(_ context: inout SHA_CTX) {
        // Safe: SHA-1 writes 20 octets, the size of the five words.
        unsafe withUnsafeMutableBytes(of: &self.words) { bytes in
            _ = unsafe SHA1_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
        }
    }

    /// Writes the first `length` octets to `octets` at `offset`.
    func write(_ length: Int, to octets: inout MutableSpan<UInt8>, at offset: Int) {
        for index in 0..<length { octets[offset + index] = self[index] }
    }

    /// Compares the first `length` octets with those at `offset`, in a time that does not tell where they differ.
    func matches(_ length: Int, of octets: borrowing MutableSpan<UInt8>, at offset: Int) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<length { difference |= octets[offset + index] ^ self[index] }
        return difference == 0
    }

    private subscript(index: Int) -> UInt8 {
        precondition(index < Self.lengthInBytes, "a tag has 20 octets")
        // Safe: the index lies within the five words.
        return unsafe withUnsafeBytes(of: self.words) { bytes in unsafe bytes[index] }
    }
}

import BotProtocol
import CLinux
import Reactor

/// The gateway's ends of a child's three pipes.
struct ChildPipes {
    /// We write, the child reads.
    let input: Int32
    /// The child writes, we read.
    let output: Int32
    let errors: Int32

    /// Starts the program. On failure nothing is left open and no child is left.
    static func spawn(_ endpoint: ProcessEndpoint) throws(BotConnectionError) -> (ChildPipes, clinux_child) {
        let input = try Pipe()
        let output = try Pipe()
        let errors = try Pipe()
        for end in [input.write.number, output.read.number, errors.read.number] {
            let result = clinux_set_nonblocking(end)
            guard result >= 0 else { throw .systemCall("fcntl", code: -result) }
        }
        var child = clinux_child()
        let environment = self.environment(for: endpoint)
        let result = unsafe CStrings.with(endpoint.arguments) { arguments in
            unsafe CStrings.with(environment) { environment in
                unsafe CStrings.with([endpoint.workingDirectory ?? ""]) { directory in
                    var request = unsafe clinux_spawn_request(
                        arguments: arguments, environment: environment,
                        working_directory: endpoint.workingDirectory == nil ? nil : directory[0],
                        standard_input: input.read.number, standard_output: output.write.number,
                        standard_error: errors.write.number)
                    // Safe: all texts live until the callee returns, by when the child has copied them in exec.
                    return unsafe clinux_spawn(&request, &child)
                }
            }
        }
        guard result >= 0 else { throw .spawnFailed(program: endpoint.arguments[0], code: -result) }
        return (
            ChildPipes(input: input.write.take(), output: output.read.take(), errors: errors.read.take()), child
        )
    }

    private static func environment(for endpoint: ProcessEndpoint) -> [String] {
        let given = Set(endpoint.environment.map(\.name))
        let inherited = ProcessEndpoint.inheritedNames.compactMap { name -> String? in
            // Safe: the text is copied at once, and nothing in this program changes its environment.
            guard !given.contains(name), let value = unsafe clinux_environment_value(name) else { return nil }
            return unsafe name + "=" + String(cString: value)
        }
        return inherited + endpoint.environment.map { $0.name + "=" + $0.value }
    }
}

/// Both ends of a pipe, closed when they are not taken.
private struct Pipe: ~Copyable {
    let read: Descriptor
    let write: Descriptor

    init() throws(BotConnectionError) {
        var read: Int32 = -1
        var write: Int32 = -1
        // Safe: the callee writes two descriptors.
        let result = unsafe clinux_pipe(&read, &write)
        guard result >= 0 else { throw .systemCall("pipe", code: -result) }
        self.read = Descriptor(owning: read)
        self.write = Descriptor(owning: write)
    }
}

/// Texts as C wants them: an array of pointers that ends with a null.
private enum CStrings {
    static func with<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for text in texts {
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            // Safe: every start lies in the buffer, and both buffers outlive `body`.
            let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: starts.count + 1)
            defer { unsafe pointers.deallocate() }
            for (index, start) in starts.enumerated() {
                unsafe (pointers + index).initialize(to: buffer.baseAddress.map { unsafe $0 + start })
            }
            unsafe (pointers + starts.count).initialize(to: nil)
            return unsafe body(pointers)
        }
    }
}

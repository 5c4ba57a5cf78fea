//! Registration of a stream or a listener that has another inside.

/// Implements `Source` for a type by the source that it has in a field.
macro_rules! source_inside {
    ($outer:ident $(<$inner:ident>)?, $field:ident) => {
        impl $(<$inner: mio::event::Source>)? mio::event::Source for $outer $(<$inner>)? {
            fn register(
                &mut self,
                registry: &mio::Registry,
                token: mio::Token,
                interests: mio::Interest,
            ) -> std::io::Result<()> {
                mio::event::Source::register(&mut self.$field, registry, token, interests)
            }

            fn reregister(
                &mut self,
                registry: &mio::Registry,
                token: mio::Token,
                interests: mio::Interest,
            ) -> std::io::Result<()> {
                mio::event::Source::reregister(&mut self.$field, registry, token, interests)
            }

            fn deregister(&mut self, registry: &mio::Registry) -> std::io::Result<()> {
                mio::event::Source::deregister(&mut self.$field, registry)
            }
        }
    };
}

pub(crate) use source_inside;

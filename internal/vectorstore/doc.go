// Package vectorstore speaks to the stores of embedded documents: Qdrant, Pinecone,
// Supabase, Milvus and PostgreSQL with pgvector, each by its own small client, and a
// simple store that is kept as one file of the tenant.
//
// Documents are laid out as LangChain lays them out in each store, so that what n8n
// has put in can be found here, and the other way round.
//
// Every Insert is an upsert by the points' ids, which callers derive from the
// engine's key of the node run: an insert that is repeated after its answer was
// lost doubles nothing.
package vectorstore
